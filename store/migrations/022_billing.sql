-- Who pays for the work on a ticket, and why. Nothing: it was made before this was worked out.
ALTER TABLE tickets
  ADD COLUMN billing_type    text CHECK (billing_type IN ('internal', 'guarantee', 'sla', 'billable')),
  ADD COLUMN billing_reason  text,
  ADD COLUMN guarantee_until date,
  ADD COLUMN contract_id     bigint;
CREATE INDEX tickets_billing ON tickets (billing_type, id) WHERE billing_type IS NOT NULL;

-- How long a project answers for what was built in it.
CREATE TABLE project_guarantees (
  project_id   bigint PRIMARY KEY REFERENCES projects,
  period_days  integer NOT NULL CHECK (period_days BETWEEN 1 AND 3650),
  ticket_types text[] NOT NULL CHECK (cardinality(ticket_types) > 0),
  notes        text NOT NULL DEFAULT '',
  version      integer NOT NULL DEFAULT 1,
  updated_at   timestamptz NOT NULL,
  archived_at  timestamptz
);
GRANT SELECT ON project_guarantees TO fibrehub_reader;

-- Open tickets are billed by what is agreed now: those of a project whose guarantee was edited, and once all there are.
ALTER TABLE sla_retargets ADD COLUMN project_id bigint;
INSERT INTO sla_retargets (made_at, reason) SELECT now(), 'billing' WHERE EXISTS (SELECT FROM tickets);
