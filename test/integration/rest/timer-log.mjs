/**
 * Loaded before the service by `--import`: writes to the file TIMER_LOG which timers are started while it rests, as JSON. Looks from
 * TIMER_LOG_FROM_MS after the start for TIMER_LOG_FOR_MS.
 */
import { createHook } from 'node:async_hooks';
import { renameSync, writeFileSync } from 'node:fs';

const { TIMER_LOG: file, TIMER_LOG_FROM_MS: from, TIMER_LOG_FOR_MS: during } = process.env;
const DEEP_ENOUGH = 30;
/** What only starts timers for others: Node's own functions, the clock, and pauses. */
const MIDDLEMEN =
  /\(<anonymous>\)|async_hooks|node:(internal\/)?timers|task_queues|timer-log|clock\/system|lifecycle\/pause/;
/** Files of the product and of packages, as the source map of the bundle names them. */
const SOURCE = /\/((?:core|adapters|plugins|config|node_modules)\/[^():]+):\d+/;

if (file !== undefined) setTimeout(watch, Number(from)).unref();

function watch() {
  Error.stackTraceLimit = DEEP_ENOUGH;
  /** @type {{ ms: number, stack: string }[]} */
  const timers = [];
  const hook = createHook({
    init(...[, type, , resource]) {
      const { _idleTimeout: ms } = /** @type {{ _idleTimeout?: number }} */ (resource);
      if (type === 'Timeout') timers.push({ ms: Number(ms), stack: String(new Error('started here').stack) });
    },
  });
  hook.enable();
  setTimeout(() => {
    hook.disable();
    const found = timers.map(({ ms, stack }) => ({ ms, where: whoseIs(stack) }));
    writeFileSync(`${String(file)}.part`, JSON.stringify(found));
    renameSync(`${String(file)}.part`, String(file));
  }, Number(during)).unref();
}

/** @param {string} stack */
function whoseIs(stack) {
  const caller = stack
    .split('\n')
    .slice(1)
    .find((line) => !MIDDLEMEN.test(line));
  return SOURCE.exec(caller ?? '')?.[1] ?? 'Node';
}
