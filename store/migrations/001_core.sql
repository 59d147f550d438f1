-- The core of the hub: intake, tickets with their history, chats, people who write, review, tokens.
--
-- Internal ids are given out in blocks by the hub (id_blocks), so that a batch knows every id before
-- it is written. The append-only tables on the hot path (inbox, messages, ticket_history) carry no
-- foreign keys: one writer makes all rows of a message in one transaction, and each key would cost a
-- lookup per row.

CREATE TABLE hub_state (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  incarnation bigint NOT NULL
);
INSERT INTO hub_state (incarnation) VALUES (0);

CREATE SEQUENCE id_blocks;

-- One row for every message ever received, raw. The unique key catches duplicates for ever.
CREATE TABLE inbox (
  id          bigint PRIMARY KEY,
  source      text NOT NULL,
  channel     text NOT NULL,
  ext_id      text NOT NULL,
  event       text NOT NULL,
  state       text NOT NULL CHECK (state IN ('stored', 'kept', 'conflict', 'review')),
  fingerprint bytea NOT NULL,
  received_at timestamptz NOT NULL,
  headers     text NOT NULL,
  body        bytea NOT NULL,
  ticket_id   bigint
);
ALTER TABLE inbox ALTER COLUMN body SET COMPRESSION lz4;
-- The id first: it decides nearly every comparison.
CREATE UNIQUE INDEX inbox_key ON inbox (ext_id, source);

-- What a person has to look at.
CREATE TABLE review_items (
  id          bigint PRIMARY KEY,
  inbox_id    bigint NOT NULL REFERENCES inbox (id),
  reason      text NOT NULL,
  detail      text NOT NULL,
  state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved', 'discarded')),
  created_at  timestamptz NOT NULL,
  resolved_at timestamptz,
  resolved_by text
);
CREATE INDEX review_open ON review_items (id) WHERE state = 'open';

-- Ticket numbers: the row is locked by the transaction that creates the ticket, so no number is lost.
CREATE TABLE uid_counters (
  scope text PRIMARY KEY,
  value bigint NOT NULL
);

CREATE TABLE tickets (
  id               bigint PRIMARY KEY,
  uid              varchar(40) NOT NULL,
  title            varchar(255) NOT NULL,
  description      text NOT NULL,
  source           text NOT NULL,
  source_reference text,
  type             text NOT NULL,
  priority         text NOT NULL CHECK (priority IN ('critical', 'high', 'medium', 'low')),
  status           text NOT NULL,
  drop_number      text,
  address          text,
  external         json,
  channel          text NOT NULL,
  chat_id          bigint,
  message_count    integer NOT NULL DEFAULT 0,
  last_message_at  timestamptz,
  version          integer NOT NULL DEFAULT 1,
  history_seq      integer NOT NULL,
  history_hash     bytea NOT NULL,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  resolved_at      timestamptz,
  closed_at        timestamptz,
  deleted_at       timestamptz
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX tickets_uid ON tickets (uid);
CREATE UNIQUE INDEX tickets_reference ON tickets (source, channel, source_reference) WHERE source_reference IS NOT NULL;
CREATE INDEX tickets_chat ON tickets (chat_id) WHERE chat_id IS NOT NULL;
CREATE INDEX tickets_status ON tickets (status, id);
CREATE INDEX tickets_drop ON tickets (drop_number) WHERE drop_number IS NOT NULL;

CREATE TABLE ticket_history (
  ticket_id  bigint NOT NULL,
  seq        integer NOT NULL,
  at         timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor      text NOT NULL,
  address    text NOT NULL,
  action     text NOT NULL,
  field      text NOT NULL,
  old_value  text NOT NULL,
  new_value  text NOT NULL,
  hash       bytea NOT NULL,
  PRIMARY KEY (ticket_id, seq)
);

CREATE TABLE wa_sessions (
  channel    text NOT NULL,
  name       text NOT NULL,
  status     text NOT NULL,
  status_at  timestamptz NOT NULL,
  me         text NOT NULL,
  me_name    text NOT NULL,
  engine     text NOT NULL,
  version    text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (channel, name)
);

CREATE TABLE chats (
  id         bigint PRIMARY KEY,
  channel    text NOT NULL,
  session    text NOT NULL,
  ext_id     text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('direct', 'group', 'broadcast')),
  name       text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX chats_key ON chats (channel, session, ext_id);

-- People who write. One person may be known by several ids (a phone number, a hidden id).
CREATE TABLE contacts (
  id         bigint PRIMARY KEY,
  channel    text NOT NULL,
  session    text NOT NULL,
  name       text NOT NULL,
  phone      text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE TABLE contact_aliases (
  channel    text NOT NULL,
  session    text NOT NULL,
  ext_id     text NOT NULL,
  contact_id bigint NOT NULL REFERENCES contacts (id),
  PRIMARY KEY (channel, session, ext_id)
);
CREATE INDEX contact_aliases_contact ON contact_aliases (contact_id);

CREATE TABLE messages (
  id          bigint PRIMARY KEY,
  ticket_id   bigint,
  chat_id     bigint NOT NULL,
  inbox_id    bigint NOT NULL,
  contact_id  bigint,
  outbound    boolean NOT NULL,
  by_api      boolean NOT NULL,
  ext_id      text NOT NULL,
  author_name text NOT NULL,
  type        text NOT NULL,
  body        text NOT NULL,
  media       text,
  reply_to    text,
  sent_at     timestamptz NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX messages_ticket ON messages (ticket_id, id) WHERE ticket_id IS NOT NULL;

-- Delivery steps, kept apart from the message because they may arrive before it.
CREATE TABLE message_acks (
  channel     text NOT NULL,
  session     text NOT NULL,
  message_id  text NOT NULL,
  participant text NOT NULL,
  level       smallint NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (channel, session, message_id, participant)
);

CREATE TABLE api_tokens (
  id           text PRIMARY KEY,
  name         text NOT NULL,
  sha256       bytea NOT NULL,
  scopes       text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

CREATE INDEX tickets_source ON tickets (source, id);
CREATE INDEX tickets_priority ON tickets (priority, id);
