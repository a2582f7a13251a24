/** One document on the disk: read whole, replaced whole. */
import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';

import { PortError } from '../../../ports/port-error.js';
import { errnoOf, isDiskFull } from '../../_shared/errno.js';
import { remedyFor } from '../../_shared/file-remedy.js';
import { giveToOwnerOf } from '../../_shared/owner.js';
import { MAX_DOCUMENT_LENGTH } from '../../_shared/state-document.js';

/** What stands in the place of a document is not one. Says why, and never quotes any of it: it may be a secret. */
export class DamagedDocument extends Error {
  override readonly name = 'DamagedDocument';
}

/** @returns `undefined` when there is no file. @throws DamagedDocument, PortError `STORAGE_FAILED`. */
export async function readDocument(file: string): Promise<{ readonly value: unknown } | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (cause) {
    const at = cause instanceof Error ? /position \d+/.exec(cause.message)?.[0] : undefined;
    if (text.trim() === '') throw new DamagedDocument('it is empty');
    throw new DamagedDocument(`it is not JSON${at === undefined ? '' : ` at ${at}`}`);
  }
}

async function readText(file: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for a writer.
    const handle = await fs.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return decode(await readBytes(handle));
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof DamagedDocument) throw cause;
    if (errnoOf(cause) === 'ENOENT') return undefined;
    if (errnoOf(cause) === 'ENXIO') throw new DamagedDocument('it is not a file');
    throw toPortError(cause, 'cannot be read', file);
  }
}

async function readBytes(handle: fs.FileHandle): Promise<Buffer> {
  const facts = await handle.stat();
  if (facts.isDirectory()) throw new DamagedDocument('a folder has its name');
  if (!facts.isFile()) throw new DamagedDocument('it is not a file');
  if (facts.size > MAX_DOCUMENT_LENGTH) throw new DamagedDocument(`it has ${String(facts.size)} bytes`);
  return handle.readFile();
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DamagedDocument('it is not text');
  }
}

/** After this a crash leaves the old or the new document. @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`. */
export async function replaceDocument(file: string, text: string): Promise<void> {
  const directory = path.dirname(file);
  const temporary = path.join(directory, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await fs.open(temporary, 'wx', 0o600);
    try {
      await giveToOwnerOf(directory, handle);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    await syncDirectory(directory);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw toPortError(cause, 'cannot be written', file);
  }
}

/** @throws PortError `STORAGE_FAILED`. */
export async function removeDocument(file: string): Promise<void> {
  try {
    await fs.rm(file, { force: true });
    await syncDirectory(path.dirname(file));
  } catch (cause) {
    throw toPortError(cause, 'cannot be removed', file);
  }
}

/** Moves what stands in the place of a document to a name that is free. @returns that name. */
export async function moveAside(file: string, wanted: string): Promise<string> {
  const directory = path.dirname(file);
  for (let n = 0; ; n++) {
    const name = n === 0 ? wanted : `${wanted}-${String(n)}`;
    const target = path.join(directory, name);
    const isFree = await fs.lstat(target).then(
      () => false,
      (error: unknown) => errnoOf(error) === 'ENOENT',
    );
    if (!isFree) continue;
    await fs.rename(file, target);
    await syncDirectory(directory);
    return name;
  }
}

/** Changes with each replacement: the new file is another inode, and has another time. @throws PortError `STORAGE_FAILED`. */
export async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { ino, ctimeNs, size } = await fs.lstat(file, { bigint: true });
    return `${String(ino)}.${String(ctimeNs)}.${String(size)}`;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw toPortError(cause, 'cannot be inspected', file);
  }
}

/** A rename survives a power cut only when its folder has reached the disk too. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Says which file, why, and what helps. */
export function toPortError(cause: unknown, what: string, file: string): PortError {
  const errno = errnoOf(cause);
  const remedy = remedyFor(errno, file);
  return new PortError(isDiskFull(cause) ? 'STORAGE_FULL' : 'STORAGE_FAILED', {
    message: `${file} ${what}${errno === '' ? '' : ` (${errno})`}${remedy === undefined ? '' : `: ${remedy}`}`,
    cause,
    detail: { errno, path: file, ...(remedy === undefined ? {} : { remedy }) },
  });
}
