/** A FileStore of two folders. */
import { promises as fs } from 'node:fs';
import path from 'node:path';

import type {
  ByteRange,
  Capacity,
  FileKind,
  FileStore,
  SalvageRequest,
  StoredFile,
} from '../../../ports/file-store.js';
import { PortError } from '../../../ports/port-error.js';
import { checkFileName, isFileName } from '../../_shared/file-name.js';
import { checkSalvage } from '../../_shared/salvage-request.js';
import { statAll, toStoredFile } from './listing.js';
import { readParts } from './reading.js';
import { QUARANTINE, quarantinedIn, quarantineName, salvage } from './salvaging.js';
import { folderError, toPortError } from './to-port-error.js';
import { watchFolder } from './watching.js';
import { createFile, replaceFile, removeStaleTemporaries, tryWriting } from './writing.js';

export const DISK_FILE_STORE = 'disk';

export interface DiskFileStoreOptions {
  /** Absolute paths of the two folders. */
  readonly recordings: string;
  readonly snapshots: string;
  /** Kept free: `capacity` reports that much less, and `write` refuses to use it. Default 0. */
  readonly reserveBytes?: number;
}

/** @throws PortError `OPTION_INVALID`. */
export function createDiskFileStore(options: DiskFileStoreOptions): FileStore {
  const { recordings, snapshots, reserveBytes = 0 } = options;
  for (const [option, folder] of Object.entries({ recordings, snapshots }))
    if (!path.isAbsolute(folder)) refuse(option, 'an absolute path');
  if (path.resolve(recordings) === path.resolve(snapshots))
    refuse('snapshots', 'a folder other than the recordings folder');
  if (!(reserveBytes >= 0)) refuse('reserveBytes', '0 or more');
  return new DiskFileStore({ recordings, snapshots }, reserveBytes);
}

interface Writing {
  readonly kind: FileKind;
  readonly filename: string;
  readonly bytes: Uint8Array;
  readonly by: typeof createFile;
}

class DiskFileStore implements FileStore {
  readonly name = DISK_FILE_STORE;
  readonly supports = { paths: true, persistence: true };
  readonly #folders: Readonly<Record<FileKind, string>>;
  readonly #reserveBytes: number;

  constructor(folders: Readonly<Record<FileKind, string>>, reserveBytes: number) {
    this.#folders = folders;
    this.#reserveBytes = reserveBytes;
  }

  async start(signal: AbortSignal): Promise<void> {
    for (const [kind, folder] of Object.entries(this.#folders) as [FileKind, string][]) {
      signal.throwIfAborted();
      try {
        await fs.mkdir(folder, { recursive: true, mode: 0o750 });
        await removeStaleTemporaries(folder);
        await removeStaleTemporaries(path.join(folder, QUARANTINE));
        await tryWriting(folder);
      } catch (cause) {
        throw folderError(cause, kind, folder);
      }
    }
  }

  stop(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  async list(kind: FileKind, signal?: AbortSignal): Promise<readonly StoredFile[]> {
    signal?.throwIfAborted();
    return statAll(kind, this.#folders[kind], {
      names: await this.names(kind),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async names(kind: FileKind): Promise<readonly string[]> {
    try {
      return (await fs.readdir(this.#folders[kind])).filter(isFileName);
    } catch (cause) {
      throw new PortError('STORAGE_FAILED', {
        message: 'the folder cannot be listed',
        cause,
        detail: { kind },
      });
    }
  }

  watch(kind: FileKind, listener: (filename: string | undefined) => void): () => void {
    return watchFolder(this.#folders[kind], listener);
  }

  async stat(kind: FileKind, filename: string): Promise<StoredFile> {
    const file = this.#pathOf(kind, filename);
    try {
      const stats = await fs.lstat(file);
      if (stats.isFile()) return toStoredFile(kind, filename, stats);
    } catch (cause) {
      throw toPortError(cause, { filename });
    }
    throw new PortError('FILE_NOT_FOUND', { detail: { filename } });
  }

  async write(kind: FileKind, filename: string, bytes: Uint8Array): Promise<StoredFile> {
    return await this.#writing({ kind, filename, bytes, by: createFile });
  }

  async replace(kind: FileKind, filename: string, bytes: Uint8Array): Promise<StoredFile> {
    return await this.#writing({ kind, filename, bytes, by: replaceFile });
  }

  async #writing({ kind, filename, bytes, by }: Writing): Promise<StoredFile> {
    const file = this.#pathOf(kind, filename);
    if (this.#reserveBytes > 0) await this.#checkRoom(bytes.byteLength);
    try {
      await by(file, bytes);
    } catch (cause) {
      throw toPortError(cause, { filename, requiredBytes: bytes.byteLength });
    }
    return this.stat(kind, filename);
  }

  async *read(kind: FileKind, filename: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const file = this.#pathOf(kind, filename);
    try {
      yield* readParts(file, range);
    } catch (cause) {
      throw toPortError(cause, { filename });
    }
  }

  async remove(kind: FileKind, filename: string): Promise<void> {
    await this.stat(kind, filename);
    try {
      await fs.unlink(this.#pathOf(kind, filename));
    } catch (cause) {
      throw toPortError(cause, { filename });
    }
  }

  async quarantine(kind: FileKind, filename: string): Promise<void> {
    await this.stat(kind, filename);
    const folder = path.join(this.#folders[kind], QUARANTINE);
    try {
      await fs.mkdir(folder, { recursive: true, mode: 0o750 });
      await fs.rename(this.#pathOf(kind, filename), path.join(folder, quarantineName(filename)));
    } catch (cause) {
      throw toPortError(cause, { filename });
    }
  }

  async salvage(kind: FileKind, filename: string, request: SalvageRequest): Promise<StoredFile | undefined> {
    await this.stat(kind, filename);
    checkSalvage(request);
    try {
      if (!(await salvage({ folder: this.#folders[kind], filename, ...request }))) return undefined;
    } catch (cause) {
      throw toPortError(cause, { filename });
    }
    return await this.stat(kind, filename);
  }

  async quarantined(): Promise<{ readonly files: number; readonly sizeBytes: number }> {
    try {
      const found = await Promise.all(Object.values(this.#folders).map(quarantinedIn));
      return found.reduce((a, b) => ({ files: a.files + b.files, sizeBytes: a.sizeBytes + b.sizeBytes }));
    } catch (cause) {
      throw toPortError(cause, {});
    }
  }

  async identity(kind: FileKind): Promise<string> {
    try {
      const { dev, ino } = await fs.stat(this.#folders[kind], { bigint: true });
      return `${String(dev)}:${String(ino)}`;
    } catch (cause) {
      throw new PortError('STORAGE_FAILED', {
        message: 'the folder does not exist',
        cause,
        detail: { kind },
      });
    }
  }

  directory(kind: FileKind): string {
    return this.#folders[kind];
  }

  async capacity(): Promise<Capacity> {
    try {
      const { blocks, bavail, bsize } = await fs.statfs(this.#folders.recordings);
      return { totalBytes: blocks * bsize, availableBytes: Math.max(0, bavail * bsize - this.#reserveBytes) };
    } catch (cause) {
      throw new PortError('STORAGE_FAILED', { message: 'the free disk space is unknown', cause });
    }
  }

  #pathOf(kind: FileKind, filename: string): string {
    return path.join(this.#folders[kind], checkFileName(filename));
  }

  async #checkRoom(requiredBytes: number): Promise<void> {
    const { availableBytes } = await this.capacity();
    if (availableBytes < requiredBytes)
      throw new PortError('STORAGE_FULL', { detail: { availableBytes, requiredBytes } });
  }
}

function refuse(option: string, rule: string): never {
  throw new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}
