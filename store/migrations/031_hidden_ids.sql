-- People whom the bridge names by a hidden id (`@lid`) alone: whose number it is, is asked of the bridge. A row is made with
-- the name; what the bridge tells makes two people one, by whatever way it tells it.

CREATE TABLE wa_hidden_ids (
  channel  text NOT NULL,
  session  text NOT NULL,
  lid      text NOT NULL,
  state    text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'known')),
  asked    integer NOT NULL DEFAULT 0,      -- how often the bridge did not know it
  next_at  timestamptz NOT NULL,
  ended_at timestamptz,                     -- known since
  PRIMARY KEY (channel, session, lid)
);
CREATE INDEX wa_hidden_ids_due ON wa_hidden_ids (channel, next_at) WHERE state = 'due';

-- A new name of somebody is rare, and of these only those without a number are asked about.
CREATE FUNCTION note_hidden_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO wa_hidden_ids (channel, session, lid, next_at)
  SELECT NEW.channel, NEW.session, NEW.ext_id, p.created_at FROM contacts p WHERE p.id = NEW.contact_id AND p.phone = ''
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER contact_aliases_hidden AFTER INSERT ON contact_aliases FOR EACH ROW
  WHEN (NEW.ext_id LIKE '%@lid')
  EXECUTE FUNCTION note_hidden_id();

INSERT INTO wa_hidden_ids (channel, session, lid, next_at)
SELECT a.channel, a.session, a.ext_id, p.created_at FROM contact_aliases a JOIN contacts p ON p.id = a.contact_id
WHERE a.ext_id LIKE '%@lid' AND p.phone = ''
ON CONFLICT DO NOTHING;
