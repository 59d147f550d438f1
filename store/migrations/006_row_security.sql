-- The second wall: questions of people who may see some tickets only are asked as a role the
-- database itself holds back. The first is the condition in every query. Those who see all tickets
-- ask as the hub's own user, whom these policies do not concern.
--
-- The role is made when the hub's user may make roles; without it the hub says so at start.

DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    CREATE ROLE fibrehub_reader NOLOGIN NOINHERIT;
  END IF;
EXCEPTION
  WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
END $$;

-- The settings are made for one transaction by the hub; without them nothing is to be seen.
CREATE FUNCTION fibrehub_sees(assigned_to bigint, assigned_team bigint, client_id bigint)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(CASE current_setting('fibrehub.role', true)
    WHEN 'team_lead' THEN
      assigned_to = ANY (current_setting('fibrehub.people', true)::bigint[])
      OR assigned_team = ANY (current_setting('fibrehub.led', true)::bigint[])
      OR (assigned_to IS NULL AND assigned_team = ANY (current_setting('fibrehub.teams', true)::bigint[]))
    WHEN 'technician' THEN
      assigned_to = ANY (current_setting('fibrehub.people', true)::bigint[])
      OR (assigned_to IS NULL AND assigned_team = ANY (current_setting('fibrehub.teams', true)::bigint[]))
    WHEN 'client' THEN
      client_id = nullif(current_setting('fibrehub.client', true), '')::bigint
  END, false)
$$;

ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
CREATE POLICY tickets_seen ON tickets FOR SELECT USING (fibrehub_sees(assigned_to, assigned_team, client_id));

ALTER TABLE ticket_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY notes_seen ON ticket_notes FOR SELECT
  USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id)
         AND (NOT internal OR current_setting('fibrehub.role', true) <> 'client'));

ALTER TABLE ticket_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY history_seen ON ticket_history FOR SELECT
  USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id)
         AND current_setting('fibrehub.role', true) <> 'client');

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY messages_seen ON messages FOR SELECT
  USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id)
         OR EXISTS (SELECT 1 FROM message_links l JOIN tickets t ON t.id = l.ticket_id WHERE l.message_id = messages.id));

ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
CREATE POLICY attachments_seen ON attachments FOR SELECT USING (EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket_id));

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'fibrehub_reader') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO fibrehub_reader', current_schema());
    GRANT SELECT ON tickets, ticket_notes, ticket_history, messages, message_links, message_acks, chats, contacts,
      ticket_links, ticket_followers, attachments, teams, team_members, clients, projects, poles, contractors, drops,
      qa_photo_reviews, drop_places TO fibrehub_reader;
    GRANT SELECT (id, name, email, role, disabled_at) ON users TO fibrehub_reader;
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
END $$;
