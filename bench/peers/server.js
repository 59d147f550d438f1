// The service FibreHub is compared with: WAHA webhooks in, tickets in PostgreSQL, in Fastify and
// node-postgres, written as a good Node engineer would write it. PEER_MODE chooses how a message
// is stored; everything else is the same:
//   usual  a transaction of three statements
//   cte    one statement
//   batch  group commit by hand: many messages in one statement
import Fastify from 'fastify';

import { acceptSigned } from './signature.js';
import { readMessage } from './message.js';
import { openStore } from './stores.js';

const port = Number(process.env.PEER_PORT ?? 0);
const key = process.env.PEER_HMAC_KEY;
if (!key) {
  console.error('PEER_HMAC_KEY is not set: it is the key WAHA signs its webhooks with');
  process.exit(2);
}

const store = await openStore(process.env.PEER_MODE ?? 'batch', process.env.PEER_DATABASE);

const app = Fastify({ logger: false, bodyLimit: 5 * 1024 * 1024, keepAliveTimeout: 60_000 });

// The signature is over the raw bytes, so they are kept and parsed only once it is verified.
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
  done(null, body);
});

const verify = acceptSigned(key);

app.post('/webhook', async (request, reply) => {
  if (!verify(request.headers, request.body)) {
    return reply.code(401).send({ success: false, error: { code: 'invalid_signature' } });
  }
  let message;
  try {
    message = readMessage(request.body);
  } catch {
    return reply.code(400).send({ success: false, error: { code: 'invalid_json' } });
  }
  if (message) {
    try {
      await store.save(message); // committed when this returns
    } catch (error) {
      console.error(error.message);
      reply.header('retry-after', '60');
      return reply.code(503).send({ success: false, error: { code: 'store_unavailable' } });
    }
  }
  reply.type('application/json');
  return '{"success":true}';
});

app.get('/health/ready', async () => ({ success: true }));

process.on('SIGTERM', async () => {
  await app.close();
  await store.close();
  process.exit(0);
});

await app.listen({ host: '127.0.0.1', port });
