/** Keeps what is intact of a damaged file, and puts the rest into quarantine. */
import { randomBytes } from 'node:crypto';
import { promises as fs, type Stats } from 'node:fs';
import path from 'node:path';
import type { ByteRange } from '../../../ports/file-store.js';
import { errnoOf } from '../../_shared/errno.js';
import { readParts } from './reading.js';

/** The steps on the disk. Each has no effect or its whole effect, except that `copy` may leave an incomplete file. */
export interface SalvageDisk {
  stat(file: string): Promise<Stats>;
  mkdir(folder: string): Promise<void>;
  /** Copies ranges of a file into a new one that nobody else can see yet. */
  copy(from: string, to: string, ranges: readonly ByteRange[]): Promise<void>;
  /** @throws the error of the system if the disk has no hard links. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  truncate(file: string, length: number): Promise<void>;
  setTimes(file: string, times: Stats): Promise<void>;
  /** Makes the names in a folder survive a power failure. */
  sync(folder: string): Promise<void>;
  remove(file: string): Promise<void>;
}

export interface Salvage {
  readonly folder: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly keep: readonly ByteRange[];
}

/** Inside the folder of the kind, because only there a move is sure to be a rename. */
export const QUARANTINE = '.quarantine';

/**
 * The order of the steps is what makes it safe: what is left out is complete and safe in quarantine before the file changes, and the
 * file changes in a single step.
 * @returns whether the file was changed; it is not if its size is not the expected one.
 */
export async function salvage(request: Salvage, disk: SalvageDisk = NODE_DISK): Promise<boolean> {
  const { folder, filename, sizeBytes, keep } = request;
  const file = path.join(folder, filename);
  const before = await disk.stat(file);
  if (before.size !== sizeBytes) return false;
  const quarantine = path.join(folder, QUARANTINE);
  await disk.mkdir(quarantine);
  const job = { ...request, file, before, quarantine, disk };
  const [only, ...others] = keep;
  return only?.first === 0 && others.length === 0 ? await cutEnd(job, only.last + 1) : await cutParts(job);
}

interface Job extends Salvage {
  readonly file: string;
  readonly before: Stats;
  readonly quarantine: string;
  readonly disk: SalvageDisk;
}

async function cutEnd(job: Job, length: number): Promise<boolean> {
  const { file, filename, sizeBytes, before, quarantine, disk } = job;
  const end = [{ first: length, last: sizeBytes - 1 }];
  await copyNamed(job, end, path.join(quarantine, quarantineName(`${filename}.from-${String(length)}`)));
  if (!(await isUnchanged(job))) return false;
  await disk.truncate(file, length);
  // It was recorded when it was recorded, whenever it was repaired.
  await disk.setTimes(file, before).catch(() => undefined);
  return true;
}

async function cutParts(job: Job): Promise<boolean> {
  const { folder, file, filename, keep, before, quarantine, disk } = job;
  const rest = temporaryIn(folder);
  try {
    await disk.copy(file, rest, keep);
    await disk.setTimes(rest, before);
    if (!(await isUnchanged(job))) return false;
    await keepOriginal(job, path.join(quarantine, quarantineName(filename)));
    await disk.rename(rest, file);
    await disk.sync(folder);
  } finally {
    await disk.remove(rest).catch(() => undefined);
  }
  return true;
}

/** A second name costs no space. Disks without hard links (FAT) get a copy. */
async function keepOriginal(job: Job, to: string): Promise<void> {
  const { file, sizeBytes, quarantine, disk } = job;
  try {
    await disk.link(file, to);
    await disk.sync(quarantine);
  } catch (cause) {
    if (!NO_LINKS.includes(errnoOf(cause))) throw cause;
    await copyNamed(job, [{ first: 0, last: sizeBytes - 1 }], to);
  }
}

const NO_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'];

/** In quarantine, a file has its name only when it is complete. */
async function copyNamed(job: Job, ranges: readonly ByteRange[], to: string): Promise<void> {
  const { file, quarantine, disk } = job;
  const temporary = temporaryIn(quarantine);
  try {
    await disk.copy(file, temporary, ranges);
    await disk.setTimes(temporary, job.before);
    await disk.rename(temporary, to);
    await disk.sync(quarantine);
  } finally {
    await disk.remove(temporary).catch(() => undefined);
  }
}

async function isUnchanged({ file, before, disk }: Job): Promise<boolean> {
  const { size, mtimeMs, ino } = await disk.stat(file);
  return size === before.size && mtimeMs === before.mtimeMs && ino === before.ino;
}

/** No two are the same, so that nothing in quarantine is ever replaced. */
export function quarantineName(filename: string): string {
  return `${String(Date.now())}-${randomBytes(4).toString('hex')}-${filename}`;
}

function temporaryIn(folder: string): string {
  return path.join(folder, `.writing-${randomBytes(8).toString('hex')}`);
}

export const NODE_DISK: SalvageDisk = {
  stat: (file) => fs.lstat(file),
  async mkdir(folder) {
    await fs.mkdir(folder, { recursive: true, mode: 0o750 });
  },
  async copy(from, to, ranges) {
    const target = await fs.open(to, 'wx', 0o640);
    try {
      for (const range of ranges) for await (const chunk of readParts(from, range)) await target.write(chunk);
      await target.sync();
    } finally {
      await target.close();
    }
  },
  link: (from, to) => fs.link(from, to),
  rename: (from, to) => fs.rename(from, to),
  async truncate(file, length) {
    const handle = await fs.open(file, 'r+');
    try {
      await handle.truncate(length);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  setTimes: (file, { atimeMs, mtimeMs }) => fs.utimes(file, secondsOf(atimeMs), secondsOf(mtimeMs)),
  async sync(folder) {
    const handle = await fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  remove: (file) => fs.rm(file, { force: true }),
};

/** Half a microsecond more than it is: what a number of this size cannot express must not become the millisecond before. */
function secondsOf(ms: number): number {
  return (ms + 0.0005) / 1_000;
}

/** What is in quarantine in a folder. */
export async function quarantinedIn(
  folder: string,
): Promise<{ readonly files: number; readonly sizeBytes: number }> {
  const quarantine = path.join(folder, QUARANTINE);
  const names = await fs.readdir(quarantine).catch((cause: unknown) => {
    if (errnoOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  let [files, sizeBytes] = [0, 0];
  for (const name of names) {
    const stats = await fs.lstat(path.join(quarantine, name)).catch(() => undefined);
    if (name.startsWith('.') || stats?.isFile() !== true) continue;
    files += 1;
    sizeBytes += stats.size;
  }
  return { files, sizeBytes };
}
