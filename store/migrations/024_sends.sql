-- What we send through WhatsApp: what became of each message, and what is needed to know it again
-- when it comes back as an echo or a delivery step.

CREATE TABLE wa_sends (
  id           bigint PRIMARY KEY,          -- the message's, where it is one of a ticket
  outbox_id    bigint NOT NULL,
  message_id   bigint,                      -- null: a notification, whose message is made by its echo
  ticket_id    bigint,
  kind         text NOT NULL,               -- message, or what a notification is about
  channel      text NOT NULL,
  session      text NOT NULL,
  chat         text NOT NULL,
  author       text NOT NULL,
  text_digest  text NOT NULL,               -- md5: finds the echo of what has no name yet
  stanza       text,                        -- WhatsApp's name for it; ours where the engine takes one
  in_doubt     boolean NOT NULL DEFAULT false,  -- an attempt ended without an answer: it may have left
  state        text NOT NULL DEFAULT 'queued'
               CHECK (state IN ('queued', 'accepted', 'sent', 'delivered', 'read', 'failed', 'uncertain')),
  reason       text NOT NULL DEFAULT '',
  queued_at    timestamptz NOT NULL,
  handed_at    timestamptz,                 -- the last attempt began
  accepted_at  timestamptz,
  sent_at      timestamptz,
  delivered_at timestamptz,
  read_at      timestamptz,
  ended_at     timestamptz                  -- failed, or uncertain
);
CREATE UNIQUE INDEX wa_sends_outbox ON wa_sends (outbox_id);
CREATE INDEX wa_sends_stanza ON wa_sends (stanza) WHERE stanza IS NOT NULL;
CREATE INDEX wa_sends_nameless ON wa_sends (text_digest, handed_at) WHERE stanza IS NULL;
CREATE INDEX wa_sends_state ON wa_sends (state, id);
CREATE INDEX wa_sends_queued ON wa_sends (queued_at);

ALTER TABLE wa_sends ENABLE ROW LEVEL SECURITY;
CREATE POLICY wa_sends_seen ON wa_sends FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    GRANT SELECT ON wa_sends TO fibrehub_reader;
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
END $$;

-- WhatsApp lets a session write to nobody new for a while; who wrote to it first may be answered.
CREATE TABLE wa_restrictions (
  channel text NOT NULL,
  session text NOT NULL,
  since   timestamptz NOT NULL,
  until   timestamptz NOT NULL,
  reason  text NOT NULL,
  PRIMARY KEY (channel, session)
);

-- Whether something earlier of the same lane is not finished.
CREATE INDEX outbox_lane ON outbox (channel, lane, seq, id) WHERE state IN ('ready', 'inflight');
