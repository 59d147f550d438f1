-- Where messages belong: what a chat is for, what waits for a person, what technicians tell the hub to do.

-- NULL: as the bridge's settings say.
ALTER TABLE chats
  ADD COLUMN project_id bigint REFERENCES projects (id),
  ADD COLUMN unmatched  text CHECK (unmatched IN ('ticket', 'triage', 'keep')),
  ADD COLUMN commands   boolean NOT NULL DEFAULT true;
-- A project has one group in which its tickets are talked about.
CREATE UNIQUE INDEX chats_project_group ON chats (project_id) WHERE kind = 'group' AND project_id IS NOT NULL;
CREATE INDEX chats_project ON chats (project_id) WHERE project_id IS NOT NULL;

-- Said among staff about a ticket, in another chat than its customer's: nothing for people of a client.
ALTER TABLE messages ADD COLUMN internal boolean NOT NULL DEFAULT false;
CREATE INDEX messages_chat ON messages (chat_id, sent_at, id);

ALTER POLICY messages_seen ON messages
  USING ((EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id)
          OR EXISTS (SELECT 1 FROM message_links l JOIN tickets t ON t.id = l.ticket_id WHERE l.message_id = messages.id))
         AND (NOT internal OR current_setting('fibrehub.role', true) <> 'client'));
ALTER POLICY message_words_seen ON message_words
  USING ((EXISTS (SELECT 1 FROM tickets t WHERE t.id = message_words.ticket_id)
          OR EXISTS (SELECT 1 FROM message_links l JOIN tickets t ON t.id = l.ticket_id
                     WHERE l.message_id = message_words.message_id))
         AND (current_setting('fibrehub.role', true) <> 'client'
              OR NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = message_words.message_id AND m.internal)));

-- What somebody has to work on.
CREATE INDEX tickets_at_work ON tickets (assigned_to) WHERE assigned_to IS NOT NULL AND deleted_at IS NULL
  AND status IN ('assigned', 'scheduled', 'in_progress', 'blocked', 'qa');

-- Messages that belong to no ticket and wait for a person to say to which.
CREATE TABLE wa_triage (
  message_id bigint PRIMARY KEY,
  chat_id    bigint NOT NULL,
  reason     text NOT NULL,                 -- unmatched; ambiguous: the writer has several tickets
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'placed', 'dismissed')),
  ticket_id  bigint,                        -- where it was placed
  since      timestamptz NOT NULL,
  ended_at   timestamptz,
  ended_by   text
);
CREATE INDEX wa_triage_waiting ON wa_triage (message_id) WHERE state = 'waiting';
CREATE INDEX wa_triage_chat ON wa_triage (chat_id, message_id) WHERE state = 'waiting';

-- What a technician wrote to the hub itself: due with its message, done with its answer.
CREATE TABLE wa_commands (
  message_id bigint PRIMARY KEY,
  chat_id    bigint NOT NULL,
  user_id    bigint NOT NULL,
  verb       text NOT NULL CHECK (verb IN ('status', 'start', 'done', 'note', 'photo', 'help')),
  uid        text NOT NULL,                 -- of the ticket, as far as one was named
  argument   text NOT NULL,
  state      text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'refused', 'failed', 'void')),
  answer     text NOT NULL DEFAULT '',
  ticket_id  bigint,
  due_at     timestamptz NOT NULL,
  ended_at   timestamptz
);
CREATE INDEX wa_commands_due ON wa_commands (message_id) WHERE state = 'due';

-- Pictures that show the work done.
CREATE TABLE wa_evidence (
  message_id bigint NOT NULL,
  ticket_id  bigint NOT NULL,
  user_id    bigint NOT NULL,
  at         timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, message_id)
);

-- Where staff talk about a ticket, as somebody has chosen; without a row it follows the rule.
CREATE TABLE ticket_chats (
  ticket_id bigint PRIMARY KEY,
  mode      text NOT NULL CHECK (mode IN ('group', 'individual', 'chat')),
  chat_id   bigint CHECK ((mode = 'chat') = (chat_id IS NOT NULL)),
  by_name   text NOT NULL,
  at        timestamptz NOT NULL
);

ALTER TABLE wa_evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY wa_evidence_seen ON wa_evidence FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));
ALTER TABLE ticket_chats ENABLE ROW LEVEL SECURITY;
CREATE POLICY ticket_chats_seen ON ticket_chats FOR SELECT
  USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id) AND current_setting('fibrehub.role', true) <> 'client');
-- Of those who see some tickets only, nobody reads what belongs to no ticket.
ALTER TABLE wa_triage ENABLE ROW LEVEL SECURITY;
ALTER TABLE wa_commands ENABLE ROW LEVEL SECURITY;
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    GRANT SELECT ON wa_evidence, ticket_chats, wa_triage, wa_commands TO fibrehub_reader;
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
END $$;
