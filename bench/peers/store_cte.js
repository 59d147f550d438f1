// Everything about one message in one statement, so in one round trip and one transaction.
const save = {
  name: 'save_message',
  text: `
WITH fresh AS (
  INSERT INTO inbox (source, ext_id, event, body) VALUES ('waha', $1, $2, $3)
  ON CONFLICT (source, ext_id) DO NOTHING RETURNING id
), touched AS (
  UPDATE tickets SET version = version + 1, updated_at = now()
  WHERE session = $4 AND chat = $5 AND status <> 'closed' AND EXISTS (SELECT FROM fresh)
  RETURNING id, version
), number AS (
  INSERT INTO counters (key, value)
  SELECT coalesce($6, 'WA'), 1 FROM fresh WHERE NOT EXISTS (SELECT FROM touched)
  ON CONFLICT (key) DO UPDATE SET value = counters.value + 1 RETURNING key, value
), created AS (
  INSERT INTO tickets (uid, source, title, drop_number, session, chat, contact)
  SELECT key || '-' || lpad(value::text,
                            greatest(length(value::text), CASE WHEN key = 'WA' THEN 4 ELSE 2 END), '0'),
         'wa_inbound', left($7, 120), $6, $4, $5, $8
  FROM number
  ON CONFLICT (session, chat) WHERE status <> 'closed'
  DO UPDATE SET version = tickets.version + 1, updated_at = now()
  RETURNING id, version
)
INSERT INTO history (ticket_id, seq, kind, actor, message, sent_at)
SELECT id, version, 'message', coalesce($8, $5), $7, $9::timestamptz
FROM (SELECT * FROM touched UNION ALL SELECT * FROM created) AS ticket`,
};

export async function cteStore(pg, connectionString) {
  const connections = Number(process.env.PEER_CONNECTIONS ?? 16);
  const pool = new pg.Pool({ connectionString, max: connections, min: connections });
  return {
    async save(m) {
      await pool.query({
        ...save,
        values: [m.extId, m.event, m.body, m.session, m.chat, m.drop, m.text, m.contact, m.sentAt],
      });
    },
    close: () => pool.end(),
  };
}
