-- Files that came with messages: where each stands on its way from the bridge into the hub. The bytes lie with the
-- attachments (store/blobs), what the bridge said of the file stands in messages.media.

CREATE TABLE wa_media (
  message_id    bigint PRIMARY KEY,
  channel       text NOT NULL,
  state         text NOT NULL DEFAULT 'due'
                CHECK (state IN ('due', 'fetching', 'kept', 'too_large', 'refused', 'gone')),
  attempts      integer NOT NULL DEFAULT 0,
  incarnation   bigint,                     -- of the hub that fetches it
  first_at      timestamptz NOT NULL,       -- the message came
  next_at       timestamptz NOT NULL,
  ended_at      timestamptz,
  sha256        bytea,                      -- kept: the file
  size_bytes    bigint,
  content_type  text,                       -- by its content
  name          text,
  attachment_id bigint,                     -- the last one made of it
  attach        boolean NOT NULL DEFAULT false,  -- kept, and its message got another ticket since
  reason        text NOT NULL DEFAULT ''
);
CREATE INDEX wa_media_due ON wa_media (channel, next_at, message_id) WHERE state = 'due';
CREATE INDEX wa_media_fetching ON wa_media (channel) WHERE state = 'fetching';
CREATE INDEX wa_media_attach ON wa_media (channel) WHERE attach;
CREATE INDEX wa_media_content ON wa_media (sha256) WHERE sha256 IS NOT NULL;

-- Whatever stores a received message with a file: the row is made with it. Messages without one cost a look at a column,
-- and what the hub itself sends has no delivery.
CREATE FUNCTION note_media() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wa_media (message_id, channel, first_at, next_at)
  SELECT NEW.id, c.channel, NEW.received_at, NEW.received_at FROM chats c WHERE c.id = NEW.chat_id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER messages_media_new AFTER INSERT ON messages FOR EACH ROW
  WHEN (NEW.media IS NOT NULL AND NEW.inbox_id <> 0)
  EXECUTE FUNCTION note_media();

-- Whatever gives a message another ticket: its file follows.
CREATE FUNCTION note_moved_media() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE wa_media SET attach = true WHERE message_id = NEW.id AND state = 'kept';
  RETURN NULL;
END $$;
CREATE TRIGGER messages_media_moved AFTER UPDATE OF ticket_id ON messages FOR EACH ROW
  WHEN (NEW.media IS NOT NULL AND NEW.ticket_id IS NOT NULL AND OLD.ticket_id IS DISTINCT FROM NEW.ticket_id)
  EXECUTE FUNCTION note_moved_media();

-- A message's file is attached to a ticket once.
ALTER TABLE attachments ADD COLUMN message_id bigint;
CREATE UNIQUE INDEX attachments_message ON attachments (message_id, ticket_id) WHERE message_id IS NOT NULL;

ALTER TABLE wa_media ENABLE ROW LEVEL SECURITY;
CREATE POLICY wa_media_seen ON wa_media FOR SELECT USING (EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id));
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    GRANT SELECT ON wa_media TO fibrehub_reader;
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
END $$;
