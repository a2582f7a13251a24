/** Runs one program to its end, without a shell and with bounded output. */
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { endWithUs } from './ending.mjs';

const OUTPUT_BYTES = 256 * 1024;

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs] the program is killed after that time
 * @property {(line: string) => void} [onLine] called for each line of its standard error
 * @property {boolean} [show] its output goes to our standard error instead of being kept
 */

/**
 * @typedef {object} CommandResult
 * @property {number | null} code null when it could not be started or was ended by a signal
 * @property {string} stdout
 * @property {string} stderr the newest part of it
 * @property {string} [failure] why there is no exit code of 0, in words
 */

/**
 * Never throws: what went wrong is in `failure`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: options.show === true ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 0,
      killSignal: 'SIGKILL',
      // Leads a group, so that whatever it starts ends with it.
      detached: true,
    });
    endWithUs(child);
    const stdout = keep(child.stdout, (kept, part) => (kept.length > OUTPUT_BYTES ? kept : kept + part));
    const stderr = keep(child.stderr, (kept, part) => (kept + part).slice(-OUTPUT_BYTES));
    if (child.stderr !== null && options.onLine !== undefined) {
      readline.createInterface({ input: child.stderr }).on('line', options.onLine);
    }
    child.on('error', (error) => {
      resolve({
        code: null,
        stdout: '',
        stderr: '',
        failure: `${command} cannot be started: ${error.message}`,
      });
    });
    child.on('close', (code, signal) => {
      const result = { code, stdout: stdout(), stderr: stderr() };
      resolve(code === 0 ? result : { ...result, failure: why(command, code, signal) });
    });
  });
}

/**
 * @param {string} command
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function why(command, code, signal) {
  return signal === null ? `${command} ended with code ${String(code)}` : `${command} was ended by ${signal}`;
}

/**
 * @param {import('node:stream').Readable | null} stream
 * @param {(kept: string, part: string) => string} add
 * @returns {() => string}
 */
function keep(stream, add) {
  let kept = '';
  stream?.setEncoding('utf8').on('data', (/** @type {string} */ part) => {
    kept = add(kept, part);
  });
  return () => kept;
}

/**
 * @param {CommandResult} result
 * @returns {string} the last line that says something, for a one-line report
 */
export function lastLine(result) {
  const lines = result.stderr.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').at(-1) ?? result.failure ?? '';
}
