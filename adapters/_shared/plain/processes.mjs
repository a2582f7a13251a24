/** What is known of processes from `/proc` (proc(5)): who runs, since when, and what they have open. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Names a process for good within one boot: numbers alone are used again.
 * @typedef {object} ProcessMark
 * @property {number} pid
 * @property {string} startTicks when it started, in clock ticks after boot
 */

/**
 * The mark of a process, or `undefined` when there is none. A process that has ended and was only not collected by its parent (a
 * zombie) counts as ended: it holds no file, port, lock or device.
 * @param {number} pid
 * @returns {ProcessMark | undefined}
 */
export function processMark(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses that may hold anything, parentheses and spaces too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', startTicks = ''] = [fields[0], fields[19]];
    return /^[ZXx]$/.test(state) ? undefined : { pid, startTicks };
  } catch {
    return undefined;
  }
}

/**
 * True while this very process runs, not another one that got its number.
 * @param {ProcessMark} mark
 */
export function isRunning({ pid, startTicks }) {
  return processMark(pid)?.startTicks === startTicks;
}

/** Tells one boot from another; empty where the system does not say. */
export function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/**
 * The processes that have something open, as far as this user may look into them.
 * @param {(target: string) => boolean} isWanted gets what a descriptor leads to: a path, or `socket:[inode]`
 * @param {{ except?: number, most?: number }} [options]
 * @returns {Promise<readonly number[]>}
 */
export async function processesWithOpen(isWanted, { except, most = Infinity } = {}) {
  /** @type {number[]} */
  const found = [];
  for (const entry of await namesIn('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === except) continue;
    if ((await hasOpen(entry, isWanted)) && found.push(Number(entry)) >= most) break;
  }
  return found;
}

/**
 * The short name that the kernel has for a process; empty when it has ended.
 * @param {number} pid
 */
export async function shortName(pid) {
  return (await readText(`/proc/${pid}/comm`)).trim();
}

/**
 * The names of the program and of the script it runs. Arguments may hold secrets and stay out.
 * @param {number} pid
 */
export async function programName(pid) {
  const [program = '', ...rest] = (await readText(`/proc/${pid}/cmdline`)).split('\0');
  const script = rest.find((argument) => !argument.startsWith('-')) ?? '';
  const base = (/** @type {string} */ text) => text.slice(text.lastIndexOf('/') + 1);
  return /[.][cm]?[jt]s$/.test(script) ? `${base(program)} ${base(script)}` : base(program);
}

/**
 * @param {string} pid
 * @param {(target: string) => boolean} isWanted
 */
async function hasOpen(pid, isWanted) {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await namesIn(folder)) {
    if (isWanted(await readlink(`${folder}/${descriptor}`).catch(() => ''))) return true;
  }
  return false;
}

/** @param {string} folder */
const namesIn = (folder) => readdir(folder).catch(() => []);
/** @param {string} file */
const readText = (file) => readFile(file, 'utf8').catch(() => '');
