import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isPortError, PortError, type AuthProvider, type Logger, type StateStore } from '../ports/index.js';

const TICKET_KEY = 'auth.ticket-secret';
const SECRET_BYTES = 32;

export interface TicketSecret {
  readonly secret: Uint8Array;
  /** Why it could not be kept, and what to do; links then end with this run of the service. */
  readonly trouble?: string;
}

/** The secret that download links are signed with; made at the first start. Links live for minutes, so a lost one does no harm. */
export async function ticketSecret(state: StateStore, log: Logger): Promise<TicketSecret> {
  const made = randomBytes(SECRET_BYTES);
  try {
    return { secret: await findOrKeep(state, made) };
  } catch (cause) {
    if (!isPortError(cause)) throw cause;
    log.error('the secret for download links cannot be stored; links become invalid when the service stops', {
      cause,
    });
    return { secret: made, trouble: `the secret for download links cannot be stored: ${cause.message}` };
  }
}

async function findOrKeep(state: StateStore, made: Buffer): Promise<Buffer> {
  const kept = secretOf(await read(state));
  if (kept !== undefined) return kept;
  const fresh = { secret: made.toString('base64url') };
  const document = await state.update(TICKET_KEY, (present) =>
    secretOf(present) === undefined ? fresh : undefined,
  );
  return secretOf(document) ?? made;
}

/** The store has told of a damaged document, and has moved it out of the way. */
async function read(state: StateStore): Promise<unknown> {
  try {
    return await state.read(TICKET_KEY);
  } catch (cause) {
    if (isPortError(cause, 'STATE_CORRUPT')) return undefined;
    throw cause;
  }
}

function secretOf(document: unknown): Buffer | undefined {
  const { secret } = (document ?? {}) as { readonly secret?: unknown };
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'base64url') : Buffer.alloc(0);
  return bytes.length >= SECRET_BYTES ? bytes : undefined;
}

/**
 * Makes the first admin key when the provider keeps keys and has none.
 * @param handOver gives it to somebody, before it takes effect: there is never an admin key that nobody has seen.
 * @returns whether one was made.
 */
export async function firstAdminKey(
  provider: AuthProvider,
  handOver: (key: string) => Promise<void>,
): Promise<boolean> {
  const { issue, revoke } = provider.supports;
  if (!issue || !revoke || (await provider.list()).length > 0) return false;
  await provider.issue({ subject: 'first-admin', role: 'admin', handOver });
  return true;
}

/**
 * Puts a secret into a file for this user alone, on the disk when the promise resolves. A file that is there already is replaced: the
 * key in it was made by a start that did not get to the end, or has been revoked.
 * @throws PortError `STORAGE_FAILED`.
 */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await fs.open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await fs.rm(temporary, { force: true });
    throw new PortError('STORAGE_FAILED', {
      message: `the first admin key cannot be written to ${path} (${(cause as NodeJS.ErrnoException).code ?? 'failed'}), so no key was created; make the file writable, or run "camera-service key add --role admin"`,
      cause,
      detail: { path },
    });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
