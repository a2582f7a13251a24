import { randomBytes } from 'node:crypto';
import type { AuthProvider, StateStore } from '../ports/index.js';

const TICKET_KEY = 'auth.ticket-secret';
const SECRET_BYTES = 32;

/** The secret that download links are signed with; made at the first start. */
export async function ticketSecret(state: StateStore): Promise<Uint8Array> {
  const stored = (await state.read(TICKET_KEY)) as { secret?: unknown } | undefined;
  if (typeof stored?.secret === 'string') {
    const secret = Buffer.from(stored.secret, 'base64url');
    if (secret.length >= SECRET_BYTES) return secret;
  }
  const secret = randomBytes(SECRET_BYTES);
  await state.write(TICKET_KEY, { secret: secret.toString('base64url') });
  return secret;
}

/**
 * Makes the first admin key when there is no key yet.
 * @returns the key, to be shown once, or `undefined` when there are keys already or none can be made.
 */
export async function firstAdminKey(providers: readonly AuthProvider[]): Promise<string | undefined> {
  const provider = providers.find((each) => each.supports.issue && each.supports.revoke);
  if (!provider || (await provider.list()).length > 0) return undefined;
  const { credential } = await provider.issue({ subject: 'first-admin', role: 'admin' });
  return credential;
}
