// Group commit by hand: messages wait up to 2 ms for company, at most 256 travel in one statement
// as arrays, and all of them are answered when it has committed. A chat always uses the same one
// of the two connections, so batches that run side by side never touch the same ticket.
const maxBatch = 256;
const maxWaitMs = Number(process.env.PEER_WAIT_MS ?? 2);

const saveBatch = {
  name: 'save_batch',
  text: `
WITH input AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                       $7::text[], $8::text[], $9::timestamptz[])
  WITH ORDINALITY AS i (ext_id, event, body, session, chat, drop_number, message, contact, sent_at, n)
), stored AS (
  INSERT INTO inbox (source, ext_id, event, body)
  SELECT 'waha', ext_id, event, body FROM input ORDER BY n
  ON CONFLICT (source, ext_id) DO NOTHING RETURNING ext_id
), fresh AS (
  SELECT i.*, row_number() OVER (PARTITION BY session, chat ORDER BY n) AS nth
  FROM input i JOIN stored USING (ext_id)
), chats AS (
  SELECT session, chat, count(*)::int AS messages,
         (array_agg(drop_number ORDER BY n) FILTER (WHERE drop_number IS NOT NULL))[1] AS drop_number,
         (array_agg(message ORDER BY n))[1] AS message,
         (array_agg(contact ORDER BY n))[1] AS contact
  FROM fresh GROUP BY session, chat
), touched AS (
  UPDATE tickets t SET version = version + c.messages, updated_at = now()
  FROM chats c WHERE t.session = c.session AND t.chat = c.chat AND t.status <> 'closed'
  RETURNING t.id, t.session, t.chat, t.version - c.messages AS seq
), missing AS (
  SELECT c.*, coalesce(drop_number, 'WA') AS key,
         row_number() OVER (PARTITION BY coalesce(drop_number, 'WA') ORDER BY chat) AS nth
  FROM chats c LEFT JOIN touched t USING (session, chat) WHERE t.id IS NULL
), numbers AS (
  INSERT INTO counters (key, value)
  SELECT key, count(*) FROM missing GROUP BY key ORDER BY key
  ON CONFLICT (key) DO UPDATE SET value = counters.value + excluded.value
  RETURNING key, value
), numbered AS (
  SELECT m.*, (value - (SELECT count(*) FROM missing o WHERE o.key = m.key) + m.nth)::text AS number
  FROM missing m JOIN numbers USING (key)
), created AS (
  INSERT INTO tickets (uid, source, title, drop_number, session, chat, contact, version)
  SELECT key || '-' || lpad(number,
                            greatest(length(number), CASE WHEN key = 'WA' THEN 4 ELSE 2 END), '0'),
         'wa_inbound', left(message, 120), drop_number, session, chat, contact, messages
  FROM numbered
  RETURNING id, session, chat, 0 AS seq
)
INSERT INTO history (ticket_id, seq, kind, actor, message, sent_at)
SELECT t.id, t.seq + f.nth, 'message', coalesce(f.contact, f.chat), f.message, f.sent_at
FROM fresh f JOIN (SELECT * FROM touched UNION ALL SELECT * FROM created) AS t USING (session, chat)`,
};

export async function batchStore(pg, connectionString) {
  const lanes = [];
  for (let i = 0; i < Number(process.env.PEER_CONNECTIONS ?? 2); ++i) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    lanes.push(new Lane(client));
  }
  return {
    save: (message) => lanes[laneOf(message.chat, lanes.length)].save(message),
    close: () => Promise.all(lanes.map((lane) => lane.close())),
  };
}

function laneOf(chat, count) {
  let hash = 0;
  for (let i = 0; i < chat.length; ++i) hash = (hash * 31 + chat.charCodeAt(i)) | 0;
  return Math.abs(hash) % count;
}

class Lane {
  constructor(client) {
    this.client = client;
    this.waiting = [];
    this.busy = false;
    this.timer = null;
  }

  save(message) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, resolve, reject });
      if (this.busy) return; // taken along when the running batch is done
      if (this.waiting.length >= maxBatch) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), maxWaitMs);
    });
  }

  async flush() {
    clearTimeout(this.timer);
    this.timer = null;
    this.busy = true;
    const batch = this.waiting.splice(0, maxBatch);
    try {
      await this.client.query({ ...saveBatch, values: columnsOf(batch) });
      for (const item of batch) item.resolve();
    } catch (error) {
      for (const item of batch) item.reject(error);
    }
    this.busy = false;
    if (this.waiting.length > 0) this.flush();
  }

  async close() {
    while (this.busy || this.waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await this.client.end();
  }
}

// Repeats inside a batch are one message: ON CONFLICT skips the second row, but a join on the key
// would count it twice.
function columnsOf(batch) {
  const columns = [[], [], [], [], [], [], [], [], []];
  const seen = new Set();
  for (const { message: m } of batch) {
    if (seen.has(m.extId)) continue;
    seen.add(m.extId);
    const row = [m.extId, m.event, m.body, m.session, m.chat, m.drop, m.text, m.contact, m.sentAt];
    for (let i = 0; i < row.length; ++i) columns[i].push(row[i]);
  }
  return columns;
}
