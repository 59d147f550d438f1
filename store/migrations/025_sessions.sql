-- Sessions of a WhatsApp bridge: what is known of each besides its state, the states it went
-- through, and what still has to be fetched because no webhook told of it.

ALTER TABLE wa_sessions
  ADD COLUMN id              bigint GENERATED ALWAYS AS IDENTITY,
  ADD COLUMN lid             text NOT NULL DEFAULT '',
  ADD COLUMN tier            text NOT NULL DEFAULT '',
  ADD COLUMN first_seen_at   timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN last_heard_at   timestamptz,     -- a webhook other than of its state
  ADD COLUMN last_inbound_at timestamptz,     -- a message that somebody sent us
  ADD COLUMN silent_since    timestamptz,     -- it says WORKING and does not tell what happens
  ADD COLUMN trouble         text NOT NULL DEFAULT '',  -- what keeps it from being caught up
  ADD COLUMN gone_at         timestamptz;     -- the bridge has it no more
UPDATE wa_sessions SET first_seen_at = least(status_at, updated_at);
CREATE UNIQUE INDEX wa_sessions_id ON wa_sessions (id);

CREATE TABLE wa_session_history (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel  text NOT NULL,
  session  text NOT NULL,
  at       timestamptz NOT NULL,
  kind     text NOT NULL CHECK (kind IN ('told', 'seen', 'asked')),
  value    text NOT NULL,                     -- the state; of asked: what was
  asked_by text NOT NULL DEFAULT '',          -- who, "user:12"
  asked_by_name text NOT NULL DEFAULT '',
  outcome  text NOT NULL DEFAULT ''           -- of asked: done, or why not
);
-- A state is told in up to three deliveries, and again when they are repeated.
CREATE UNIQUE INDEX wa_session_history_once ON wa_session_history (channel, session, at, value)
  WHERE kind <> 'asked';
CREATE INDEX wa_session_history_order ON wa_session_history (channel, session, at DESC, id DESC);
CREATE INDEX wa_session_history_age ON wa_session_history (at);

-- One per session: whether a pull is owed, the one under way, and up to when nothing is missing.
CREATE TABLE wa_catch_ups (
  channel      text NOT NULL,
  session      text NOT NULL,
  state        text NOT NULL CHECK (state IN ('owed', 'idle')),
  reason       text NOT NULL,                 -- why the last one was wanted
  wanted_at    timestamptz NOT NULL,
  round_at     timestamptz,                   -- of the one under way: what was before is in it
  caught_up_to timestamptz,                   -- everything before was fetched
  ended_at     timestamptz,                   -- of the last one that came to its end
  failed_at    timestamptz,
  failure      text NOT NULL DEFAULT '',
  looked_at    bigint NOT NULL DEFAULT 0,     -- messages, of all pulls
  found        bigint NOT NULL DEFAULT 0,     -- of them, those no webhook had told of
  found_at     timestamptz,
  PRIMARY KEY (channel, session)
);
CREATE INDEX wa_catch_ups_owed ON wa_catch_ups (channel, session) WHERE state = 'owed';

-- Chats that the pull under way has finished; they go with its end.
CREATE TABLE wa_catch_up_chats (
  channel text NOT NULL,
  session text NOT NULL,
  chat    text NOT NULL,
  seen_to timestamptz NOT NULL,
  PRIMARY KEY (channel, session, chat)
);
