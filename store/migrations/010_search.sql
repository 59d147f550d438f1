-- Words are indexed behind the commit: what changes leaves a row in search_due in the same transaction, and the hub's
-- indexer (store/find/indexer.hpp) moves it into the tables below, soon and beside the work. Searches read both.

DROP INDEX tickets_parts, tickets_words, messages_words;

-- No key and no index: rows are only added and taken away.
CREATE TABLE search_due (
  ticket_id  bigint NOT NULL,
  message_id bigint            -- null: the ticket's own texts
) WITH (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);

-- The words of title and description; UID, drop, address and contact for finding any part of them, in small letters.
CREATE TABLE ticket_words (
  ticket_id bigint PRIMARY KEY,
  words     tsvector NOT NULL,
  parts     text NOT NULL
);
CREATE INDEX ticket_words_words ON ticket_words USING gin (words);
CREATE INDEX ticket_words_parts ON ticket_words USING gin (parts gin_trgm_ops);

CREATE TABLE message_words (
  message_id bigint PRIMARY KEY,
  ticket_id  bigint NOT NULL,
  words      tsvector NOT NULL
);
CREATE INDEX message_words_words ON message_words USING gin (words);
CREATE INDEX message_words_ticket ON message_words (ticket_id);

CREATE INDEX message_links_message ON message_links (message_id);

CREATE FUNCTION note_new_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_due SELECT f.ticket_id, f.id FROM fresh f WHERE f.ticket_id IS NOT NULL AND f.body <> '';
  RETURN NULL;
END $$;
CREATE TRIGGER messages_search_new AFTER INSERT ON messages REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION note_new_messages();

CREATE FUNCTION note_changed_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_due VALUES (coalesce(NEW.ticket_id, OLD.ticket_id), NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER messages_search_changed AFTER UPDATE OF ticket_id, body ON messages FOR EACH ROW
  WHEN ((OLD.ticket_id, OLD.body) IS DISTINCT FROM (NEW.ticket_id, NEW.body))
  EXECUTE FUNCTION note_changed_message();

CREATE FUNCTION note_new_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_due SELECT f.id FROM fresh f;
  RETURN NULL;
END $$;
CREATE TRIGGER tickets_search_new AFTER INSERT ON tickets REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION note_new_tickets();

CREATE FUNCTION note_changed_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_due VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER tickets_search_changed
  AFTER UPDATE OF title, description, uid, drop_number, address, contact_name, contact_phone, contact_email ON tickets
  FOR EACH ROW
  WHEN ((OLD.title, OLD.description, OLD.uid, OLD.drop_number, OLD.address, OLD.contact_name, OLD.contact_phone,
         OLD.contact_email)
        IS DISTINCT FROM (NEW.title, NEW.description, NEW.uid, NEW.drop_number, NEW.address, NEW.contact_name,
                          NEW.contact_phone, NEW.contact_email))
  EXECUTE FUNCTION note_changed_ticket();

-- What is there already becomes due piece by piece, after the migration: up to this id each kind is.
CREATE TABLE search_backfill (
  kind    text PRIMARY KEY,
  done_to bigint NOT NULL
);
INSERT INTO search_backfill VALUES ('tickets', 0), ('messages', 0);

-- Words belong to tickets: who may not see these sees none.
ALTER TABLE ticket_words ENABLE ROW LEVEL SECURITY;
CREATE POLICY ticket_words_seen ON ticket_words FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));
ALTER TABLE message_words ENABLE ROW LEVEL SECURITY;
CREATE POLICY message_words_seen ON message_words FOR SELECT USING (
  EXISTS (SELECT 1 FROM tickets t WHERE t.id = message_words.ticket_id)
  OR EXISTS (SELECT 1 FROM message_links l JOIN tickets t ON t.id = l.ticket_id
             WHERE l.message_id = message_words.message_id));

-- The list everybody opens first. By priority alone the newest are found soon enough without an index.
CREATE INDEX tickets_open ON tickets (id) WHERE status NOT IN ('resolved', 'closed') AND deleted_at IS NULL;
DROP INDEX tickets_priority;
