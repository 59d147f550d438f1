// What the service needs to know of a delivery. Nothing for events that change no ticket.
const dropPattern = /\bDR\d{4,}\b/i;

export function readMessage(raw) {
  const body = raw.toString('utf8');
  const envelope = JSON.parse(body);
  if (envelope.event !== 'message.any') return null;
  const payload = envelope.payload;
  // {true|false}_{chat}_{stanza id}[_{participant}]
  const [fromMe, chat, stanza] = payload.id.split('_');
  if (!stanza) throw new Error('no message id');
  const text = payload.body ?? '';
  return {
    extId: `${envelope.session}/${stanza}/${fromMe}`,
    event: envelope.event,
    body,
    session: envelope.session,
    chat,
    contact: payload._data?.pushName ?? null,
    text,
    drop: dropPattern.exec(text)?.[0].toUpperCase() ?? null,
    sentAt: new Date(payload.timestamp * 1000).toISOString(),
  };
}
