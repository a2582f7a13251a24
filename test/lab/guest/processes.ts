/** The processes that the test has started in the guest. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import type { ServerResponse } from 'node:http';

/** What a request may say; each uses a part of it. */
export interface Order {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly id?: number;
  readonly signal?: NodeJS.Signals;
  readonly path?: string;
  readonly port?: number;
  readonly gone?: boolean;
  readonly stays?: boolean;
}

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly done: Promise<void>;
  readonly kept: { out: string; err: string };
  /** It outlives a reset, with whatever it started. */
  readonly stays: boolean;
  running: boolean;
  code: number | null;
  signal: NodeJS.Signals | null;
}

type Output = (kind: 'out' | 'err', text: string) => void;

const TAIL_CHARACTERS = 256 * 1024;
const processes = new Map<number, Running>();
let nextId = 1;

/** Starts a process in a group of its own, so that one signal reaches its children too. */
function start({ argv, cwd, env, stays = false }: Order, onOutput: Output): Running {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: 'pipe' });
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text: string) => onOutput('out', text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => onOutput('err', text));
  const end: Pick<Running, 'running' | 'code' | 'signal'> = { running: true, code: null, signal: null };
  const done = new Promise<void>((resolve) => {
    // A grandchild may hold the pipes: the end of the process counts, not the end of its output.
    child.on('exit', (code, signal) => Object.assign(running, { code, signal, running: false }));
    child.on('close', () => resolve());
    child.on('error', (error) => {
      onOutput('err', `${error.message}\n`);
      Object.assign(running, { code: 127, running: false });
      resolve();
    });
  });
  const running: Running = { child, done, kept: { out: '', err: '' }, stays, ...end };
  return running;
}

function killGroup({ child }: Running, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

/** Runs a command to its end and writes what it says, as JSON lines. */
export async function exec(order: Order, response: ServerResponse): Promise<void> {
  const line = (value: unknown): void => void response.write(`${JSON.stringify(value)}\n`);
  const running = start(order, (kind, text) => line({ [kind]: text }));
  const timer = setTimeout(() => killGroup(running, 'SIGKILL'), order.timeoutMs ?? 60_000);
  await running.done;
  clearTimeout(timer);
  line({ code: running.code, signal: running.signal });
  response.end();
}

export function background(order: Order): unknown {
  const running = start(order, (kind, text) => {
    running.kept[kind] = (running.kept[kind] + text).slice(-TAIL_CHARACTERS);
  });
  const id = nextId++;
  processes.set(id, running);
  return { id, pid: running.child.pid };
}

export function state(id: number): unknown {
  const found = processes.get(id);
  if (found === undefined) throw new Error(`no process ${String(id)}`);
  const { running, code, signal, kept } = found;
  return { running, code, signal, stdout: kept.out, stderr: kept.err };
}

export function kill({ id = 0, signal = 'SIGTERM' }: Order): unknown {
  const running = processes.get(id);
  if (running !== undefined) killGroup(running, signal);
  return {};
}

/** A process of user space; kernel threads and zombies have no command line. */
function hasCommand(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${String(pid)}/cmdline`).length > 0;
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

/** What a reset ends: not the first process, not this one, nothing that stays nor what that has started. */
export function pidsToEnd(): readonly number[] {
  const staying = [...processes.values()].filter(({ stays, running }) => stays && running);
  const kept = new Set(staying.map(({ child }) => child.pid));
  const belongs = (pid: number): boolean => pid > 1 && (kept.has(pid) || belongs(parentOf(pid)));
  const pids = fs.readdirSync('/proc').map(Number);
  return pids.filter((pid) => pid > 1 && pid !== process.pid && hasCommand(pid) && !belongs(pid));
}

export function forgetEnded(): void {
  for (const [id, { stays }] of processes) if (!stays) processes.delete(id);
}
