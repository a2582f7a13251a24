/**
 * Loaded before the service: ends the process by SIGKILL right before one of the operations that change something in its folder.
 * KILL_UNDER names the folder, KILL_AT the operation, counted from 1.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const under = process.env['KILL_UNDER'] ?? '';
const at = Number(process.env['KILL_AT']);
let count = 0;

/** @param {unknown} path */
const isOurs = (path) => typeof path === 'string' && path.startsWith(under);

function step() {
  count += 1;
  if (count !== at) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal comes a moment later, and nothing may happen until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/**
 * @param {Record<string, any>} owner
 * @param {readonly string[]} names
 * @param {(words: readonly unknown[]) => boolean} isCounted
 */
function watch(owner, names, isCounted) {
  for (const name of names) {
    const original = owner[name].bind(owner);
    /** @param {unknown[]} words */
    owner[name] = (...words) => {
      if (isCounted(words)) step();
      return original(...words);
    };
  }
}

/** @param {readonly unknown[]} words */
const named = (words) => words.some(isOurs);
watch(fs.promises, ['rename', 'rm', 'mkdir', 'writeFile', 'chmod'], named);
watch(fs, ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync', 'chmodSync'], named);
const open = fs.promises.open.bind(fs.promises);
fs.promises.open = async (...words) => {
  const isWriting = named(words) && words[1] !== undefined && words[1] !== 'r' && words.length > 2;
  if (isWriting) step();
  const handle = await open(...words);
  if (isWriting) watch(handle, ['writeFile', 'sync', 'close'], () => true);
  return handle;
};
syncBuiltinESMExports();
