/** The secret that tokens are signed with when none is configured: made once and kept in the state. */
import { randomBytes } from 'node:crypto';

import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { isPortError, PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { MIN_SECRET_BYTES } from './key-fitness.js';

export const JWT_SECRET_KEY = 'auth.jwt-secret';

export interface SecretDeps {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The service and its commands may ask for it at the same time, and get the same. A damaged one is kept aside and replaced:
 * tokens made before are then refused, and new ones are good.
 * @throws PortError `STORAGE_FAILED`, `STORAGE_FULL`.
 */
export async function keptSecret(deps: SecretDeps): Promise<string> {
  try {
    return await findOrMake(deps);
  } catch (error) {
    if (!isPortError(error, 'STATE_CORRUPT')) throw error;
    deps.log.error('the secret for signing tokens is damaged; tokens signed with it are refused', {
      error,
    });
    return findOrMake(deps);
  }
}

async function findOrMake({ state, clock, log }: SecretDeps): Promise<string> {
  const stored = await state.read(JWT_SECRET_KEY);
  const known = secretOf(stored);
  if (known !== undefined) return known;
  const made = randomBytes(MIN_SECRET_BYTES).toString('base64url');
  let isMade = false;
  const document = await state.update(JWT_SECRET_KEY, (present) => {
    if (secretOf(present) !== undefined) return undefined;
    if (present !== undefined)
      throw new PortError('STATE_CORRUPT', {
        message: `it contains no "secret" of at least ${String(MIN_SECRET_BYTES)} bytes`,
        detail: { key: JWT_SECRET_KEY },
      });
    isMade = true;
    return { secret: made, created_at: new Date(clock.now()).toISOString() };
  });
  if (isMade) log.info('a secret for signing tokens has been created', { document: JWT_SECRET_KEY });
  return secretOf(document) ?? made;
}

function secretOf(document: unknown): string | undefined {
  const secret = (document as { secret?: unknown } | null | undefined)?.secret;
  const isLong = typeof secret === 'string' && Buffer.byteLength(secret) >= MIN_SECRET_BYTES;
  return isLong ? secret : undefined;
}
