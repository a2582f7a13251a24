/**
 * The one way to start a program: no shell, its own process group, a clean environment, bounded output, a record for the
 * next start, and an end that is certain.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { PortError } from '../../ports/port-error.js';
import type { ChildOptions } from './child-options.js';
import { recordChild } from './child-record.js';
import { LineTail, readLines } from './lines.js';
import { cachedBinary } from './plain/mediamtx-version.mjs';

export type { ChildOptions } from './child-options.js';
export { reapOrphans } from './child-record.js';

/** A child that is a part of the service rather than a tool. */
export interface PartOptions extends ChildOptions {
  /** It gets the whole environment of the service, and a channel for messages: `process.send()`. */
  readonly isPart?: boolean;
}

export interface OwnedChild {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves when the process has ended and its last words are in `tail()`. Never rejects. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** The last lines of stderr. */
  tail(): readonly string[];
  /** Signals the whole group; does nothing when the process has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Asks with `first` (SIGTERM), and after `graceMs` ends the group with SIGKILL. Resolves when it is gone. May be repeated. */
  stop(graceMs: number, first?: NodeJS.Signals): Promise<void>;
  /** Asks with SIGTERM, and ends the group with SIGKILL when `signal` aborts. Resolves when it is gone. May be repeated. */
  stopUntil(signal: AbortSignal): Promise<void>;
}

/** How long the pipes may still deliver after the process has ended. */
const DRAIN_MS = 250;

const running = new Set<number>();

// Whoever leaves by process.exit() without stopping (a second SIGTERM) must not leave ports and devices occupied.
process.on('exit', () => {
  for (const pid of running) signalGroup(pid, 'SIGKILL');
});

/** @throws PortError TOOL_MISSING when the command does not exist or may not be run, TOOL_FAILED when it cannot be started otherwise. */
export async function spawnOwned(options: PartOptions): Promise<OwnedChild> {
  const child = await launch(options);
  const pid = child.pid as number;
  running.add(pid);
  const forget =
    options.runDir === undefined ? () => undefined : recordChild(options.runDir, pid, options.label);
  const tail = new LineTail(options.tailLines ?? 40);
  if (child.stderr !== null) {
    readLines(child.stderr, (line) => {
      tail.push(line);
      options.onLine?.(line);
    });
  }
  for (const stream of child.stdio) stream?.on('error', () => undefined);

  const exited = watchExit(child, () => {
    // Whatever the program started itself goes with it.
    signalGroup(pid, 'SIGKILL');
    running.delete(pid);
    forget();
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (running.has(pid)) signalGroup(pid, signal);
  };
  return {
    pid,
    process: child,
    exited,
    tail: () => tail.lines(),
    kill,
    stop: (graceMs, first = 'SIGTERM') => stopGroup({ exited, kill }, graceMs, first),
    stopUntil: (signal) => stopGroupUntil({ exited, kill }, signal),
  };
}

/** What a child writes to a descriptor that is piped. @throws PortError TOOL_FAILED for another one. */
export function pipeOf(child: Pick<OwnedChild, 'process'>, descriptor: number): Readable {
  const pipe = child.process.stdio[descriptor];
  if (pipe === null || pipe === undefined || !('read' in pipe)) {
    throw new PortError('TOOL_FAILED', { message: `descriptor ${descriptor} is not a pipe` });
  }
  return pipe;
}

/** The environment of every child: nothing of ours leaks into it but the search path and the home folder. */
export function cleanEnv(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env;
  return { PATH, HOME, LANG: 'C', TZ: 'UTC', ...extra };
}

/** Where the set-up puts MediaMTX for this user. */
export function cachedMediaMtx(): string {
  return cachedBinary(process.env);
}

async function launch(options: PartOptions): Promise<ChildProcess> {
  if (options.cwd !== undefined && !isFolder(options.cwd)) {
    throw new PortError('TOOL_FAILED', {
      message: `${options.label}: its working directory does not exist`,
      detail: { tool: basename(options.command) },
    });
  }
  const { isPart = false, stdio = ['ignore', 'pipe', 'pipe'] } = options;
  try {
    const child = spawn(options.command, options.args, {
      stdio: [...stdio, ...(isPart ? (['ipc'] as const) : [])],
      serialization: 'advanced',
      detached: true,
      shell: false,
      env: isPart ? { ...process.env, ...options.env } : cleanEnv(options.env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    await once(child, 'spawn');
    return child;
  } catch (cause) {
    throw launchError(options, cause);
  }
}

/** The cause is reduced to its code: Node's own error carries all arguments, which may hold secrets. */
function launchError({ label, command }: ChildOptions, cause: unknown): PortError {
  const tool = basename(command);
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  if (reason === 'ENOENT' || reason === 'EACCES') {
    const remedy = `install ${tool} or set its full path in the configuration`;
    return new PortError('TOOL_MISSING', {
      message: `${label}: ${tool} cannot be run`,
      detail: { tool, reason, remedy },
    });
  }
  return new PortError('TOOL_FAILED', {
    message: `${label}: ${tool} cannot be started`,
    retryable: true,
    detail: { tool, reason, tail: [] },
  });
}

function watchExit(child: ChildProcess, ended: () => void): OwnedChild['exited'] {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      ended();
      const timer = setTimeout(() => resolve({ code, signal }), DRAIN_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ code, signal });
      });
    });
  });
}

async function stopGroup(
  child: Pick<OwnedChild, 'exited' | 'kill'>,
  graceMs: number,
  first: NodeJS.Signals,
): Promise<void> {
  child.kill(first);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await child.exited;
  clearTimeout(timer);
}

async function stopGroupUntil(
  child: Pick<OwnedChild, 'exited' | 'kill'>,
  signal: AbortSignal,
): Promise<void> {
  const force = (): void => child.kill('SIGKILL');
  child.kill('SIGTERM');
  if (signal.aborted) force();
  signal.addEventListener('abort', force, { once: true });
  await child.exited;
  signal.removeEventListener('abort', force);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
