/** Signatures as Standard Webhooks defines them (https://www.standardwebhooks.com), so that receivers can use its libraries. */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

export interface Message {
  readonly id: string;
  readonly body: string;
}

export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

/** @param now milliseconds since 1970. Each attempt is signed anew, because receivers refuse old timestamps. */
export function signedHeaders(
  { id, body }: Message,
  secret: string,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
