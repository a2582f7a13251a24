import type { Directories } from '../api/index.js';
import type { Clock, LogLevel, StateStore } from '../../ports/index.js';

/** What an adapter is made with (`AdapterContext`), as far as it is data. */
export interface ContextData {
  readonly config: Readonly<Record<string, unknown>>;
  /** What stands before the name of an option for the user. */
  readonly keyPrefix: string;
  readonly directories: Directories;
  /** Levels that are written. */
  readonly levels: readonly LogLevel[];
  /** What the service's monotonic time is ahead of that of the machine. */
  readonly aheadMs: number;
  /** Absent for an adapter that is made before the store. */
  readonly state?: Pick<StateStore, 'name' | 'supports'>;
}

export const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** The monotonic time of the machine, which all threads and processes have in common. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A clock with the service's monotonic time, whatever the process. */
export function aheadOfMachine(clock: Clock, aheadMs: number): Clock {
  return { ...clock, monotonicMs: () => machineMs() + aheadMs };
}
