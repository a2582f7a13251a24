/** What the doctor looks at on the machine itself: Node, folders, video devices, packages. */
import { access, constants, mkdtemp, readdir, rmdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { judgeNode } from '../../../adapters/_shared/plain/node-version.mjs';
import type { DoctorLine } from './line.js';

export interface CheckedDirectory {
  /** The configuration key that sets it. */
  readonly key: string;
  readonly path: string;
}

const LOW_SPACE_BYTES = 1024 ** 3;

/** @param root the folder of this package, whose `engines` say which Node it needs. */
export async function checkNode(version: string, root: string): Promise<DoctorLine> {
  const component = 'node';
  const { isSupported, wanted } = await judgeNode(version, root);
  if (isSupported) return { component, state: 'ok', found: `v${version}, ${process.execPath}` };
  return { component, state: 'missing', found: `v${version}`, remedy: `install Node ${wanted}` };
}

/** The folder need not exist: the service makes it, so what counts is the nearest one that does. */
export async function checkDirectory({ key, path: wanted }: CheckedDirectory): Promise<DoctorLine> {
  const component = key;
  const there = await nearestExisting(path.resolve(wanted));
  const isWritable = await canCreateIn(there);
  if (!isWritable) {
    return {
      component,
      state: 'missing',
      found: `${wanted} is not writable`,
      remedy: `make ${there} writable or set ${key} to another folder`,
    };
  }
  const { bavail, bsize } = await statfs(there);
  const free = bavail * bsize;
  const found = `${wanted}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free >= LOW_SPACE_BYTES) return { component, state: 'ok', found };
  return { component, state: 'warning', found, remedy: 'free some space, or set a retention policy' };
}

/** Tried rather than asked for: root is told that it may write where nobody can. */
async function canCreateIn(folder: string): Promise<boolean> {
  try {
    await rmdir(await mkdtemp(path.join(folder, '.doctor-')));
    return true;
  } catch {
    return false;
  }
}

async function nearestExisting(wanted: string): Promise<string> {
  const exists = await access(wanted).then(
    () => true,
    () => false,
  );
  return exists || wanted === path.dirname(wanted) ? wanted : nearestExisting(path.dirname(wanted));
}

/** A machine without a USB camera is in order; one that may not be opened is not. */
export async function checkVideoDevices(folder = '/dev'): Promise<DoctorLine> {
  const component = 'video devices';
  const entries = await readdir(folder).catch((): string[] => []);
  const nodes = entries.filter((name) => /^video\d+$/.test(name)).map((name) => path.join(folder, name));
  if (nodes.length === 0)
    return { component, state: 'ok', found: 'none; USB cameras appear when plugged in' };
  const closed = await keepAsync(nodes, async (node) => !(await canUse(node)));
  if (closed.length === 0) return { component, state: 'ok', found: nodes.join(', ') };
  const remedy = 'add the user of the service to the group video';
  return { component, state: 'missing', found: `no permission for ${closed.join(', ')}`, remedy };
}

const canUse = (node: string): Promise<boolean> =>
  access(node, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );

async function keepAsync<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index] === true);
}
