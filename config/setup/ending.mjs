/** How the set-up ends before its time: what it has started ends with it, and the exit code tells the signal. */
import os from 'node:os';

/** A closed terminal, Ctrl-C, Ctrl-\ and a supervisor. */
const ENDING = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
/** How long programs that were asked to end may take; a package manager closes its database. */
const GRACE_MS = 5_000;

/** Leaders of the process groups that run now. @type {Set<number>} */
const groups = new Set();
/** @type {number | undefined} */
let exitCode;

/**
 * Remembers a program, which leads a process group of its own, until it has ended.
 * @param {import('node:child_process').ChildProcess} child
 */
export function endWithUs(child) {
  const { pid } = child;
  if (pid === undefined) return;
  groups.add(pid);
  if (exitCode !== undefined) signalGroup(pid, 'SIGTERM');
  child.once('exit', () => {
    groups.delete(pid);
    if (exitCode !== undefined && groups.size === 0) process.exit(exitCode);
  });
}

/** From here on signals end the set-up. The service takes them over when it is loaded. */
export function endOnSignals() {
  for (const name of ENDING) process.on(name, end);
  process.on('exit', () => {
    for (const pid of groups) signalGroup(pid, 'SIGKILL');
  });
  // A terminal that was closed cannot be written to; the signal that comes with it says what to do.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** @param {NodeJS.Signals} name */
function end(name) {
  if (exitCode !== undefined) return;
  exitCode = 128 + os.constants.signals[name];
  if (groups.size === 0) process.exit(exitCode);
  for (const pid of groups) signalGroup(pid, 'SIGTERM');
  setTimeout(() => process.exit(exitCode), GRACE_MS);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended this moment.
  }
}
