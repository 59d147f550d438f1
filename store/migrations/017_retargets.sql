-- Targets and contracts that were edited: the running clocks that go by them are worked out anew, piece by piece.
CREATE TABLE sla_retargets (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  made_at      timestamptz NOT NULL,
  reason       text NOT NULL,               -- "contract K-7", "targets", for histories
  client_id    bigint,                      -- only tickets of this client
  pairs        text[],                      -- only of these, as "fault/high"
  after_ticket bigint NOT NULL DEFAULT 0    -- how far it has come
);

-- Contracts begin and end by dates in UTC: up to this one, clocks have followed.
CREATE TABLE sla_contract_days (
  only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  checked_to date NOT NULL
);
INSERT INTO sla_contract_days (checked_to) VALUES ((now() AT TIME ZONE 'UTC')::date);

-- What was late when it was imported is told to nobody; up to here managers have had a summary of it.
CREATE TABLE sla_import_summary (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  told_to  timestamptz NOT NULL
);
INSERT INTO sla_import_summary (told_to) VALUES (now());
CREATE INDEX sla_events_silent ON sla_events (noticed_at) WHERE disposition = 'silent' AND level_bp >= 10000;
