import type { Channel } from './link.js';

/** What an isolated plugin runs in. */
export type IsolationMode = 'worker' | 'process';

export interface ShellOptions {
  /** For lists of processes and for messages. */
  readonly label: string;
  readonly runner: RunnerModule;
  readonly memoryBytes: number;
  /** Called for each line that the plugin prints. */
  readonly onLine: (line: string) => void;
}

/** What runs in it: as the module of a thread, and as what Node is given to run as a process. */
export interface RunnerModule {
  readonly thread: URL;
  readonly program: readonly string[];
}

/** A thread or a process with a plugin inside, which is not trusted to end by itself. */
export interface Shell {
  readonly channel: Channel;
  /** Resolves when it is gone, with the reason as a part of a sentence. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it, whatever it does. */
  kill(): void;
  /** Memory that it occupies; `undefined` where it shares that of the service. */
  residentBytes(): Promise<number | undefined>;
  /** Its process, if it has one of its own. */
  readonly pid?: number;
  /** Its thread of the service, if it is one. */
  readonly threadId?: number;
}

export const MIB = 1024 * 1024;

/** A limit that was kept to by ending the plugin, as a part of a sentence. */
export function tooMuchMemory(limitBytes: number): string {
  return `used more memory than plugins.isolation_memory_bytes allows (${String(limitBytes)} bytes)`;
}
