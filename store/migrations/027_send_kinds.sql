-- What is sent besides texts (files, places, reactions, edits, deletions, hints), the order in which
-- a backlog leaves, first contacts, templates.

-- Something earlier of its lane is not finished, so that it cannot leave yet. Kept by triggers, so
-- that whoever adds a row or brings one to its end need not think of it; WhatsApp's rows only.
ALTER TABLE outbox ADD COLUMN behind boolean NOT NULL DEFAULT false;

CREATE FUNCTION outbox_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.behind := EXISTS (SELECT 1 FROM outbox e WHERE e.channel = NEW.channel AND e.lane = NEW.lane
                        AND e.state IN ('ready', 'inflight') AND e.id <> NEW.id);
  RETURN NEW;
END $$;
CREATE TRIGGER outbox_queue_new BEFORE INSERT ON outbox FOR EACH ROW
  WHEN (NEW.channel = 'whatsapp' AND NEW.state = 'ready') EXECUTE FUNCTION outbox_queue();
CREATE TRIGGER outbox_queue_again BEFORE UPDATE OF state ON outbox FOR EACH ROW
  WHEN (NEW.channel = 'whatsapp' AND NEW.state = 'ready' AND OLD.state IN ('done', 'dead'))
  EXECUTE FUNCTION outbox_queue();

CREATE FUNCTION outbox_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE outbox SET behind = false WHERE behind AND id = (
    SELECT e.id FROM outbox e WHERE e.channel = OLD.channel AND e.lane = OLD.lane
    AND e.state IN ('ready', 'inflight') ORDER BY e.seq, e.id LIMIT 1);
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_next_ended AFTER UPDATE OF state ON outbox FOR EACH ROW
  WHEN (OLD.channel = 'whatsapp' AND OLD.state IN ('ready', 'inflight') AND NEW.state IN ('done', 'dead'))
  EXECUTE FUNCTION outbox_next();
CREATE TRIGGER outbox_next_gone AFTER DELETE ON outbox FOR EACH ROW
  WHEN (OLD.channel = 'whatsapp' AND OLD.state IN ('ready', 'inflight')) EXECUTE FUNCTION outbox_next();

UPDATE outbox o SET behind = true WHERE o.channel = 'whatsapp' AND o.state = 'ready' AND EXISTS (
  SELECT 1 FROM outbox e WHERE e.channel = o.channel AND e.lane = o.lane AND e.state IN ('ready', 'inflight')
  AND (e.seq, e.id) < (o.seq, o.id));

-- What could leave now, and of which sessions: whoever looks reads a few rows of these, however
-- many wait.
CREATE INDEX outbox_wa_due ON outbox (peer, next_at, id)
  WHERE channel = 'whatsapp' AND state = 'ready' AND NOT behind;
CREATE INDEX outbox_wa_session ON outbox (peer, (coalesce(body->>'session', '')), next_at, id)
  WHERE channel = 'whatsapp' AND state = 'ready' AND NOT behind;

ALTER TABLE wa_sends
  ADD COLUMN what      text NOT NULL DEFAULT 'text',  -- text, image, …, reaction, edit, delete, typing, seen
  ADD COLUMN echo_type text NOT NULL DEFAULT '',      -- what its echo shows it to be; empty: whatever
  ADD COLUMN target_id bigint,                        -- the message an edit, deletion or reaction is about
  ADD COLUMN ask_at    timestamptz,                   -- accepted, and no delivery step: asked about then
  ADD COLUMN asked     integer NOT NULL DEFAULT 0;
ALTER TABLE wa_sends DROP CONSTRAINT wa_sends_state_check;
ALTER TABLE wa_sends ADD CONSTRAINT wa_sends_state_check CHECK (
  state IN ('queued', 'accepted', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'cancelled'));
UPDATE wa_sends SET ask_at = accepted_at + interval '10 minutes'
  WHERE state = 'accepted' AND accepted_at > now() - interval '1 day';
CREATE INDEX wa_sends_ask ON wa_sends (channel, ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX wa_sends_target ON wa_sends (target_id) WHERE target_id IS NOT NULL;

-- Told by a delivery step, which does not say for how long: the bridge's setting does.
ALTER TABLE wa_restrictions ADD COLUMN by_step boolean NOT NULL DEFAULT false;

-- Up to which message a chat was shown as read before we wrote.
CREATE TABLE wa_seen (
  channel text NOT NULL,
  session text NOT NULL,
  chat    text NOT NULL,
  up_to   bigint NOT NULL,
  PRIMARY KEY (channel, session, chat)
);

-- People who never wrote and were written to; how soon the next one may be.
CREATE TABLE wa_first_contacts (
  channel text NOT NULL,
  session text NOT NULL,
  chat    text NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (channel, session, chat)
);
CREATE INDEX wa_first_contacts_at ON wa_first_contacts (channel, session, at);
CREATE TABLE wa_contact_pace (
  channel text NOT NULL,
  session text NOT NULL,
  next_at timestamptz NOT NULL,
  PRIMARY KEY (channel, session)
);

-- Whether a number is on WhatsApp, and how it is spelt there.
CREATE TABLE wa_numbers (
  channel    text NOT NULL,
  chat       text NOT NULL,
  registered boolean NOT NULL,
  canonical  text NOT NULL,
  checked_at timestamptz NOT NULL,
  PRIMARY KEY (channel, chat)
);

CREATE TABLE wa_templates (
  id         bigint PRIMARY KEY,
  name       text NOT NULL,
  language   text NOT NULL,
  body       text NOT NULL,
  version    integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL,
  deleted_at timestamptz
);
CREATE UNIQUE INDEX wa_templates_name ON wa_templates (name, language) WHERE deleted_at IS NULL;
