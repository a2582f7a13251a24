import { pipeOf, spawnOwned as spawnChild } from '../../adapters/_shared/child-process.js';
import type { ChildOptions } from '../../adapters/_shared/child-options.js';
import { PortError } from '../../ports/index.js';

export type { ChildOptions } from '../../adapters/_shared/child-options.js';

export type ProgramSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGKILL' | 'SIGUSR1' | 'SIGUSR2';

/** A program that runs for an adapter, with everything that it has started itself. */
export interface OwnedProgram {
  readonly pid: number;
  /** Resolves when it has ended and its last words are in `tail()`. Never rejects. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** What it writes to a descriptor that is piped, 1 unless another one is named. @throws PortError `TOOL_FAILED` for one that is not piped. */
  output(descriptor?: number): AsyncIterable<Uint8Array>;
  /**
   * Hands it bytes on descriptor 0, which must be piped. What it has not read is kept in memory, without a bound.
   * @returns false while more than a little waits to be read.
   * @throws PortError `TOOL_FAILED` when descriptor 0 is not piped.
   */
  write(bytes: Uint8Array): boolean;
  /** Nothing more will be written. */
  endInput(): void;
  /** The last lines of stderr. */
  tail(): readonly string[];
  /** Signals the whole group; does nothing when the program has ended. */
  kill(signal: ProgramSignal): void;
  /** Asks with SIGTERM, and after `graceMs` ends the group with SIGKILL. Resolves when it is gone. May be repeated. */
  stop(graceMs: number): Promise<void>;
  /** Asks with SIGTERM, and ends the group with SIGKILL when `signal` aborts. Resolves when it is gone. May be repeated. */
  stopUntil(signal: AbortSignal): Promise<void>;
}

/**
 * Starts a program as the service starts its own: no shell, a process group of its own, a clean environment, bounded words of
 * stderr, an end with the service, and with `runDir` (the folder `directories.run`) a record by which the next start ends what a crash has left.
 * @throws PortError `TOOL_MISSING` when the command does not exist or may not be run, `TOOL_FAILED` when it cannot be started otherwise.
 */
export async function spawnOwned(options: ChildOptions): Promise<OwnedProgram> {
  const child = await spawnChild(options);
  const input = (): NonNullable<typeof child.process.stdin> => {
    if (child.process.stdin !== null) return child.process.stdin;
    throw new PortError('TOOL_FAILED', { message: `${options.label}: descriptor 0 is not a pipe` });
  };
  return {
    pid: child.pid,
    exited: child.exited,
    output: (descriptor = 1) => pipeOf(child, descriptor),
    write: (bytes) => input().write(bytes),
    endInput: () => void input().end(),
    tail: () => child.tail(),
    kill: (signal) => child.kill(signal),
    stop: (graceMs) => child.stop(graceMs),
    stopUntil: (signal) => child.stopUntil(signal),
  };
}
