-- What happens to messages after they were sent, and around them: edits, revocations, reactions, votes, calls, groups,
-- presence, labels. And people who turn out to be one.

-- Null for nearly all: a message says what it said, and nobody took it back.
ALTER TABLE messages
  ADD COLUMN original_body text,        -- before its first edit; body is what it says now
  ADD COLUMN edited_at     timestamptz,
  ADD COLUMN revoked_at    timestamptz;

-- Everything that was done to a message, in whatever order it came. What was done to a message that is not here yet is
-- parked: it has no message_id, and gets it in the transaction that stores the message.
CREATE TABLE message_changes (
  id          bigint PRIMARY KEY,
  channel     text NOT NULL,
  session     text NOT NULL,
  stanza      text NOT NULL,            -- the message's name; call/<id> for a call
  message_id  bigint,
  kind        text NOT NULL CHECK (kind IN ('edited', 'revoked', 'reaction', 'vote', 'call', 'waiting')),
  person      text NOT NULL,            -- canonical id of who did it, or empty
  person_name text NOT NULL,
  from_me     boolean NOT NULL,
  value       text NOT NULL,            -- the new text, the sign, the options as JSON, the call's step, the placeholder's id
  at          timestamptz NOT NULL,     -- when it was done; with key, its place among its like
  key         text NOT NULL,
  inbox_id    bigint NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX message_changes_message ON message_changes (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX message_changes_parked ON message_changes (channel, session, stanza) WHERE message_id IS NULL;
CREATE INDEX message_changes_expiry ON message_changes (received_at) WHERE message_id IS NULL;

-- What few messages have.
CREATE TABLE message_facts (
  message_id bigint PRIMARY KEY,
  mentions   text[] NOT NULL DEFAULT '{}',  -- canonical ids of the people named with @
  poll       jsonb                          -- {"question", "options", "multiple"}
);

ALTER TABLE message_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY message_changes_seen ON message_changes FOR SELECT
  USING (EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id));
ALTER TABLE message_facts ENABLE ROW LEVEL SECURITY;
CREATE POLICY message_facts_seen ON message_facts FOR SELECT
  USING (EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id));

-- The message that was received under one of these names. A message's row is made right behind its inbox row, so that
-- no index is needed. It tells no more than an id, whoever asks: the message itself is still to be seen or not.
CREATE FUNCTION message_received_as(names text[]) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  received bigint;
  found    bigint;
BEGIN
  FOR received IN SELECT i.id FROM inbox i WHERE i.ext_id = ANY (names) AND i.source = 'waha' LOOP
    SELECT m.id INTO found FROM messages m WHERE m.id > received AND m.id <= received + 64 AND m.inbox_id = received LIMIT 1;
    IF found IS NOT NULL THEN
      RETURN found;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- The message of this name, received or sent.
CREATE FUNCTION message_named(in_channel text, in_session text, in_stanza text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  found bigint;
BEGIN
  SELECT s.message_id INTO found FROM wa_sends s
  WHERE s.stanza = in_stanza AND s.channel = in_channel AND s.session = in_session AND s.message_id IS NOT NULL LIMIT 1;
  RETURN coalesce(found, message_received_as(ARRAY[in_channel || '/' || in_session || '/msg/in/' || in_stanza,
                                                   in_channel || '/' || in_session || '/msg/out/' || in_stanza]));
END $$;

-- Messages of no ticket change, too: they have no words to find.
DROP TRIGGER messages_search_changed ON messages;
CREATE TRIGGER messages_search_changed AFTER UPDATE OF ticket_id, body ON messages FOR EACH ROW
  WHEN ((OLD.ticket_id, OLD.body) IS DISTINCT FROM (NEW.ticket_id, NEW.body)
        AND coalesce(NEW.ticket_id, OLD.ticket_id) IS NOT NULL)
  EXECUTE FUNCTION note_changed_message();

-- A message that was taken back is found by its words no more.
CREATE FUNCTION note_revoked_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_due VALUES (NEW.ticket_id, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER messages_search_revoked AFTER UPDATE OF revoked_at ON messages FOR EACH ROW
  WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at AND NEW.ticket_id IS NOT NULL)
  EXECUTE FUNCTION note_revoked_message();

-- Two chats or two people that turned out to be one: the older one stays, the other points to it. Always to the last.
ALTER TABLE chats
  ADD COLUMN merged_into bigint,
  ADD COLUMN address     text,          -- where answers go: the address the last message came with, if not ext_id
  ADD COLUMN description text,
  ADD COLUMN named_at    timestamptz,   -- of the group's name: when it was given
  ADD COLUMN described_at timestamptz,
  ADD COLUMN archived    boolean NOT NULL DEFAULT false,
  ADD COLUMN archived_at timestamptz;
CREATE INDEX chats_merged ON chats (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE contacts ADD COLUMN merged_into bigint;
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;

-- Who was what in a group, and since when; the latest row of a person says what he is.
CREATE TABLE chat_member_changes (
  chat_id bigint NOT NULL,
  person  text NOT NULL,
  phone   text NOT NULL,                -- another id of the same person, or empty
  role    text NOT NULL,                -- participant, admin, superadmin, left
  at      timestamptz NOT NULL,
  key     text NOT NULL,
  PRIMARY KEY (chat_id, person, at, key)
);
CREATE VIEW chat_members AS
  SELECT DISTINCT ON (chat_id, person) chat_id, person, phone, role, at AS since
  FROM chat_member_changes ORDER BY chat_id, person, at DESC, key DESC;

CREATE TABLE contact_presence (
  channel    text NOT NULL,
  session    text NOT NULL,
  person     text NOT NULL,
  state      text NOT NULL,
  last_seen  timestamptz,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (channel, session, person)
);

CREATE TABLE wa_labels (
  channel text NOT NULL,
  session text NOT NULL,
  label   text NOT NULL,
  name    text NOT NULL,
  color   text NOT NULL,
  deleted boolean NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (channel, session, label)
);
CREATE TABLE wa_chat_labels (
  channel text NOT NULL,
  session text NOT NULL,
  chat    text NOT NULL,
  label   text NOT NULL,
  removed boolean NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (channel, session, chat, label)
);

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    GRANT SELECT ON message_changes, message_facts, contact_aliases TO fibrehub_reader;
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
END $$;
