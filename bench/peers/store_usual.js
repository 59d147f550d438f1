// The transaction most services would use: inbox row, ticket, history row, each its own statement.
// BEGIN travels with the first statement and COMMIT with the last: three round trips.
const insertInbox = {
  name: 'insert_inbox',
  text: `INSERT INTO inbox (source, ext_id, event, body) VALUES ('waha', $1, $2, $3)
         ON CONFLICT (source, ext_id) DO NOTHING RETURNING id`,
};
const touchTicket = {
  name: 'touch_ticket',
  text: `UPDATE tickets SET version = version + 1, updated_at = now()
         WHERE session = $1 AND chat = $2 AND status <> 'closed' RETURNING id, version`,
};
const lockChat = { name: 'lock_chat', text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))' };
const nextNumber = {
  name: 'next_number',
  text: `INSERT INTO counters (key, value) VALUES ($1, 1)
         ON CONFLICT (key) DO UPDATE SET value = counters.value + 1 RETURNING value`,
};
const insertTicket = {
  name: 'insert_ticket',
  text: `INSERT INTO tickets (uid, source, title, drop_number, session, chat, contact)
         VALUES ($1, 'wa_inbound', $2, $3, $4, $5, $6) RETURNING id, version`,
};
const insertHistory = {
  name: 'insert_history',
  text: `INSERT INTO history (ticket_id, seq, kind, actor, message, sent_at)
         VALUES ($1, $2, 'message', $3, $4, $5)`,
};

export async function usualStore(pg, connectionString) {
  const connections = Number(process.env.PEER_CONNECTIONS ?? 16);
  const pool = new pg.Pool({ connectionString, max: connections, min: connections, pipeline: true });
  return {
    async save(message) {
      const client = await pool.connect();
      let failure;
      try {
        await saveIn(client, message);
      } catch (error) {
        failure = error;
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        client.release(failure);
      }
    },
    close: () => pool.end(),
  };
}

async function saveIn(client, m) {
  const [, inserted] = await all(
    client.query('BEGIN'),
    client.query({ ...insertInbox, values: [m.extId, m.event, m.body] }),
  );
  if (inserted.rowCount === 0) {
    await client.query('COMMIT'); // seen before
    return;
  }
  const ticket = (await touch(client, m)) ?? (await createTicket(client, m));
  await all(
    client.query({
      ...insertHistory,
      values: [ticket.id, ticket.version, m.contact ?? m.chat, m.text, m.sentAt],
    }),
    client.query('COMMIT'),
  );
}

async function touch(client, m) {
  const touched = await client.query({ ...touchTicket, values: [m.session, m.chat] });
  return touched.rows[0];
}

// Rare: the first message of a chat. The lock keeps two of them from making two tickets.
async function createTicket(client, m) {
  await client.query({ ...lockChat, values: [`${m.session}/${m.chat}`] });
  const found = await touch(client, m);
  if (found) return found;
  const counter = m.drop ?? 'WA';
  const number = await client.query({ ...nextNumber, values: [counter] });
  const uid = `${counter}-${String(number.rows[0].value).padStart(m.drop ? 2 : 4, '0')}`;
  const created = await client.query({
    ...insertTicket,
    values: [uid, m.text.slice(0, 120), m.drop, m.session, m.chat, m.contact],
  });
  return created.rows[0];
}

// Like Promise.all, but waits for every answer before it throws: the connection is clean then.
async function all(...promises) {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((s) => s.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map((s) => s.value);
}
