-- What the admins were told of, as long as it lasts: told anew each day, and when it comes back.
CREATE TABLE alarms (
  name      text PRIMARY KEY,
  raised_at timestamptz NOT NULL
);
