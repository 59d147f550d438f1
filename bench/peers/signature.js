// WAHA's webhook signature: HMAC-SHA512 over the raw body, lower-case hex.
import { createHmac, timingSafeEqual } from 'node:crypto';

export function acceptSigned(key) {
  return (headers, body) => {
    const given = headers['x-webhook-hmac'];
    if (typeof given !== 'string' || given.length !== 128) return false;
    if (headers['x-webhook-hmac-algorithm'] !== 'sha512') return false;
    const expected = createHmac('sha512', key).update(body).digest();
    const offered = Buffer.from(given, 'hex');
    return offered.length === expected.length && timingSafeEqual(offered, expected);
  };
}
