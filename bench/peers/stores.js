// The three ways to store a message, behind one interface: save() resolves when it is committed.
import pg from 'pg';

import { batchStore } from './store_batch.js';
import { cteStore } from './store_cte.js';
import { usualStore } from './store_usual.js';

const stores = { usual: usualStore, cte: cteStore, batch: batchStore };

export async function openStore(mode, database) {
  const open = stores[mode];
  if (!open) throw new Error(`PEER_MODE: expected usual, cte or batch, got ${mode}`);
  if (!database) throw new Error('PEER_DATABASE is not set: a connection string of PostgreSQL');
  return open(pg, database);
}
