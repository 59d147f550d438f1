-- Finding tickets: words anywhere, and parts of what people remember of a ticket.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- New entries of the large ones wait in a list that autovacuum moves into the index, soon and beside the work, never
-- inside an insert.
-- Any part of UID, drop, address, contact, in one index; the expressions are repeated in store/find/condition_sql.cpp.
CREATE INDEX tickets_parts ON tickets USING gin (lower(
  uid || E'\n' || coalesce(drop_number, '') || E'\n' || coalesce(address, '') || E'\n' || coalesce(contact_name, '') ||
  E'\n' || coalesce(contact_phone, '') || E'\n' || coalesce(contact_email, '')) gin_trgm_ops)
  WITH (gin_pending_list_limit = 65536);
CREATE INDEX tickets_words ON tickets USING gin (to_tsvector('simple', title || ' ' || description))
  WITH (gin_pending_list_limit = 65536);
ALTER INDEX tickets_tags SET (gin_pending_list_limit = 65536);
ALTER TABLE tickets SET (autovacuum_vacuum_insert_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0);
CREATE INDEX ticket_notes_words ON ticket_notes USING gin (to_tsvector('simple', body));
CREATE INDEX messages_words ON messages USING gin (to_tsvector('simple', body))
  WITH (fastupdate = on, gin_pending_list_limit = 65536) WHERE ticket_id IS NOT NULL;
ALTER TABLE messages SET (autovacuum_vacuum_insert_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0);
CREATE INDEX contacts_phone ON contacts USING gin (phone gin_trgm_ops);
CREATE INDEX messages_contact ON messages (contact_id) WHERE contact_id IS NOT NULL AND ticket_id IS NOT NULL;
CREATE INDEX tickets_due ON tickets (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX tickets_created ON tickets (created_at, id);

CREATE TABLE saved_views (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id   bigint REFERENCES users (id) ON DELETE CASCADE,  -- null: made by a token
  owner      text NOT NULL,                                   -- "user:12", "token:…"
  name       text NOT NULL,
  query      text NOT NULL,
  sort       text NOT NULL,
  shared     boolean NOT NULL,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX saved_views_name ON saved_views (owner, lower(name));
CREATE INDEX saved_views_shared ON saved_views (id) WHERE shared;
