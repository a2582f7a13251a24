/** Shows the steps of the set-up: one line each when done, and how far a long one is. */

const QUIET_MS = 5_000;

/** @typedef {(text: string) => void} Say */

/**
 * @typedef {object} Progress
 * @property {<T>(title: string, work: (say: Say) => Promise<T>, summary: (result: T) => string) => Promise<T>} step
 *   Runs one numbered step. `say` reports how far it is; `summary` gives the words of its final line.
 * @property {Say} note prints a line of its own
 */

/**
 * @param {object} options
 * @param {number} options.total number of steps
 * @param {{ write(text: string): unknown, isTTY?: boolean }} options.out
 * @param {() => number} [options.now]
 * @returns {Progress}
 */
export function createProgress({ total, out, now = () => performance.now() }) {
  let number = 0;
  const terminal = out.isTTY === true;
  const line = (/** @type {string} */ text) => out.write(terminal ? `\r\x1b[2K${text}\n` : `${text}\n`);

  return {
    note: line,
    async step(title, work, summary) {
      number += 1;
      const head = `[${number}/${total}] ${title}`;
      const started = now();
      const say = createSay({ head, terminal, out, now, started });
      try {
        const result = await work(say);
        line(`${head}: ${summary(result)} (${seconds(now() - started)})`);
        return result;
      } catch (error) {
        line(`${head}: failed after ${seconds(now() - started)}`);
        throw error;
      }
    },
  };
}

/**
 * A terminal gets one line that is rewritten; a log gets a line every few seconds.
 * @param {{ head: string, terminal: boolean, out: { write(text: string): unknown }, now: () => number, started: number }} context
 * @returns {Say}
 */
function createSay({ head, terminal, out, now, started }) {
  let last = Number.NEGATIVE_INFINITY;
  let stage = '';
  return (text) => {
    const at = now();
    const nextStage = text.replaceAll(/[\d.]+/g, '#');
    if (terminal) out.write(`\r\x1b[2K${head}: ${text} (${seconds(at - started)})`);
    else if (at - last >= QUIET_MS || nextStage !== stage) {
      out.write(`${head}: ${text} (${seconds(at - started)})\n`);
      last = at;
    }
    stage = nextStage;
  };
}

/**
 * @param {number} ms
 * @returns {string}
 */
export function seconds(ms) {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Says the same thing again while a program that tells nothing is at work, so that the seconds move.
 * @template T
 * @param {Say} say
 * @param {string} text
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function whileSaying(say, text, work) {
  say(text);
  const timer = setInterval(() => say(text), 1_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
