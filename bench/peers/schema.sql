-- What the comparison service keeps: the same facts as the hub keeps for the same message.
CREATE TABLE inbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source      text NOT NULL,
  ext_id      text NOT NULL,
  event       text NOT NULL,
  body        text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source, ext_id)
);

-- One row per drop: the number given out last. A row, not a sequence, so that no number is skipped
-- when a transaction fails.
CREATE TABLE counters (
  key   text PRIMARY KEY,
  value integer NOT NULL
);

CREATE TABLE tickets (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         text NOT NULL UNIQUE,
  source      text NOT NULL,
  status      text NOT NULL DEFAULT 'new',
  priority    text NOT NULL DEFAULT 'medium',
  title       text NOT NULL,
  drop_number text,
  session     text NOT NULL,
  chat        text NOT NULL,
  contact     text,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- A chat has one open ticket at most.
CREATE UNIQUE INDEX tickets_open_chat ON tickets (session, chat) WHERE status <> 'closed';

CREATE TABLE history (
  ticket_id bigint NOT NULL REFERENCES tickets,
  seq       integer NOT NULL,
  kind      text NOT NULL,
  actor     text NOT NULL,
  message   text NOT NULL,
  sent_at   timestamptz NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (ticket_id, seq)
);
