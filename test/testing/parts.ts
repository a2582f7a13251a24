import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStateStore } from '../../adapters/state-store/memory/memory-state-store.js';
import type { Clock, Logger, StateStore } from '../../ports/index.js';

/** What adapters get of the service: the machine's clock, a log that nobody reads, and documents and folders of their own. */
export interface TestParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** In memory: an adapter that is made again with the same parts finds its documents. */
  readonly state: StateStore;
  readonly directories: Readonly<Record<'state' | 'recordings' | 'snapshots' | 'run' | 'logs', string>>;
  /** Removes the folders. */
  remove(): void;
}

const FOLDERS = ['state', 'recordings', 'snapshots', 'run', 'logs'] as const;

export function testParts(): TestParts {
  const base = mkdtempSync(join(tmpdir(), 'camera-service-test-'));
  const named = FOLDERS.map((name) => [name, join(base, name)] as const);
  for (const [, path] of named) mkdirSync(path);
  return {
    clock,
    log,
    state: createMemoryStateStore(),
    directories: Object.fromEntries(named) as TestParts['directories'],
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

const log: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isEnabled: () => false,
  child: () => log,
  flush: () => Promise.resolve(),
};

const clock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, durationMs);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (durationMs, callback) => {
    const timer = setTimeout(callback, durationMs).unref();
    return () => clearTimeout(timer);
  },
};
