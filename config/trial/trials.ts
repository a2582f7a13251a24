/** Runs the trials of an adapter in a process of its own, and goes on in another one when an adapter takes its process down. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { PortError } from '../../ports/index.js';
import { killGroup } from './kill-group.js';
import type { Row } from './row.js';
import type { InventedOptions, TrialNews } from './run-trials.js';

/** One trial waits for several things, each with a limit of its own; an endless loop waits for none. */
const TRIAL_LIMIT_MS = 90_000;
const KEPT_LINES = 20;

/** What Node is given to run the trials of an adapter from one of them on. */
export type TrialWords = (adapter: string, from: number) => readonly string[];

export interface TrialHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly words: TrialWords;
  /** The longest that one trial may take; for tests. */
  readonly limitMs?: number;
}

export interface Tried {
  readonly rows: readonly Row[];
  readonly options: InventedOptions;
}

/**
 * @param onRow called with each row as soon as it is known.
 * @throws PortError when the process cannot do its work at all; the signal's reason.
 */
export async function tryAdapter(
  adapter: string,
  host: TrialHost,
  { onRow, signal }: { readonly onRow: (row: Row) => void; readonly signal: AbortSignal },
): Promise<Tried> {
  const rows: Row[] = [];
  let plan: readonly string[] | undefined;
  let options: InventedOptions = { settings: {} };
  const add = (row: Row): void => {
    rows.push(row);
    onRow(row);
  };
  while (plan === undefined || rows.length < plan.length) {
    const end = await attempt(adapter, { host, from: rows.length, signal }, (news) => {
      if (news.type === 'row') add(news.row);
      else ({ trials: plan, options } = news);
    });
    signal.throwIfAborted();
    if (plan === undefined) throw refused(adapter, end);
    const what = plan[rows.length];
    if (what !== undefined) add({ adapter, what, verdict: 'failed', reason: end.what });
  }
  return { rows, options };
}

interface End {
  readonly what: string;
  readonly lines: readonly string[];
}

interface Attempt {
  readonly host: TrialHost;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** @returns how the process ended. */
function attempt(
  adapter: string,
  { host: { env, words, limitMs = TRIAL_LIMIT_MS }, from, signal }: Attempt,
  take: (news: TrialNews) => void,
): Promise<End> {
  const child = spawn(process.execPath, [...words(adapter, from)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A group of its own, so that what the plugin has started ends with it.
    detached: true,
  });
  const lines = lastLines(child.stderr);
  let isStuck = false;
  const stuck = (): void => {
    isStuck = true;
    killGroup(child);
  };
  let limit = setTimeout(stuck, limitMs);
  child.on('message', (news) => {
    clearTimeout(limit);
    limit = setTimeout(stuck, limitMs);
    take(news as TrialNews);
  });
  const onAbort = (): void => killGroup(child);
  signal.addEventListener('abort', onAbort, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, name) => {
      const how = isStuck
        ? `blocked its process for ${String(limitMs / 1000)} s`
        : `ended its process (${name ?? `exit code ${String(code)}`})`;
      resolve({ what: `${how}${lines.length === 0 ? '' : `: ${lines.at(-1) ?? ''}`}`, lines });
    });
  }).finally(() => {
    clearTimeout(limit);
    signal.removeEventListener('abort', onAbort);
    killGroup(child);
  }) as Promise<End>;
}

/** Grows while the process writes. */
function lastLines(from: Readable | null): readonly string[] {
  const lines: string[] = [];
  if (from !== null)
    createInterface(from).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    });
  return lines;
}

function refused(adapter: string, { what, lines }: End): PortError {
  const message = `${adapter} cannot be tried: it ${what}\n${lines.join('\n')}`;
  return new PortError('TOOL_FAILED', { message, detail: { tool: 'camera-service plugin trial' } });
}
