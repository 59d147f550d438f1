-- SLA clocks of tickets. One writer makes all rows, many at a time: no foreign keys.

-- One row for each cycle of each clock; the last cycle is the one that counts.
CREATE TABLE sla_clocks (
  ticket_id        bigint NOT NULL,
  clock            text NOT NULL CHECK (clock IN ('response', 'resolution')),
  cycle            integer NOT NULL,
  start_at         timestamptz NOT NULL,
  target_seconds   integer NOT NULL,
  target_source    text NOT NULL,          -- rule, row, contract
  target_reason    text NOT NULL,
  levels_bp        integer[],              -- null: the usual ones
  calendar_id      bigint NOT NULL,
  calendar_version integer NOT NULL,       -- it was last worked out by
  state            text NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'withdrawn')),
  stopped_at       timestamptz,
  verdict          text CHECK (verdict IN ('met', 'breached')),
  changed_at       timestamptz,            -- the last change of its terms
  silent_before    timestamptz,            -- crossings before are told to nobody
  due_at           timestamptz,            -- null while a pause is open before it
  wake_at          timestamptz,            -- when something can be crossed next
  level_bp         integer NOT NULL,       -- the highest level that is recorded and counts, or 0
  marks            text NOT NULL,          -- "level:epoch:recorded …"
  PRIMARY KEY (ticket_id, clock, cycle)
) WITH (fillfactor = 80);
CREATE INDEX sla_clocks_wake ON sla_clocks (wake_at) WHERE wake_at IS NOT NULL;
-- Those that were worked out by an earlier version of their calendar.
CREATE INDEX sla_clocks_calendar ON sla_clocks (calendar_id, calendar_version) WHERE state IN ('running', 'paused');

CREATE TABLE sla_pauses (
  ticket_id bigint NOT NULL,
  clock     text NOT NULL,
  cycle     integer NOT NULL,
  n         integer NOT NULL,
  begin_at  timestamptz NOT NULL,
  end_at    timestamptz,
  PRIMARY KEY (ticket_id, clock, cycle, n)
);

-- Each level that was crossed, once for each epoch: the key is what makes people hear of it once.
CREATE TABLE sla_events (
  ticket_id   bigint NOT NULL,
  clock       text NOT NULL,
  cycle       integer NOT NULL,
  level_bp    integer NOT NULL,
  epoch       integer NOT NULL,
  at          timestamptz NOT NULL,        -- when it was crossed, or the change that made it so
  noticed_at  timestamptz NOT NULL,
  disposition text NOT NULL CHECK (disposition IN ('send', 'superseded', 'silent')),
  PRIMARY KEY (ticket_id, clock, cycle, level_bp, epoch)
);

-- The second wall, as for everything else of a ticket.
ALTER TABLE sla_clocks ENABLE ROW LEVEL SECURITY;
CREATE POLICY clocks_seen ON sla_clocks FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));
ALTER TABLE sla_pauses ENABLE ROW LEVEL SECURITY;
CREATE POLICY pauses_seen ON sla_pauses FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));
ALTER TABLE sla_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY clock_events_seen ON sla_events FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    GRANT SELECT ON sla_clocks, sla_pauses, sla_events, sla_state, sla_calendars, sla_types, sla_priorities, sla_configs,
      contracts TO fibrehub_reader;
  END IF;
END $$;

-- Tickets from before there were clocks get theirs bit by bit: those up to this id are still to be looked at.
CREATE TABLE sla_older_tickets (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  up_to_id bigint NOT NULL
);
INSERT INTO sla_older_tickets (up_to_id) SELECT coalesce(max(id), 0) FROM tickets;
