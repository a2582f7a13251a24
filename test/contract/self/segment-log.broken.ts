import {
  createMemorySegmentLog,
  type MemorySegmentLog,
} from '../../../adapters/segment-log/memory/memory-segment-log.js';
import type { SegmentLog } from '../../../ports/segment-log.js';
import type { SegmentLogWorld } from '../segment-log.contract.js';
import type { Broken } from './expect-caught.js';

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const shared = createMemorySegmentLog();

export const brokenSegmentLogs: readonly Broken<SegmentLogWorld>[] = [
  { rule: 'fresh', world: { ...worldOf(() => ({})), create: async () => shared } },
  broken('round-trip', (log) => ({
    append: (events) => log.append(events.map(({ facts: _forgotten, ...event }) => event)),
  })),
  broken('order', (log) => ({
    append: async (events) => {
      if (events[0]?.facts !== undefined) await later();
      await log.append(events);
    },
  })),
  broken('copies', (log) => ({
    append: async (events) => {
      await Promise.resolve();
      await log.append(events);
    },
  })),
  broken('compact', (log) => ({
    compact: async (events) => {
      await later();
      await log.compact(events);
    },
  })),
  broken('many', (log) => ({ append: (events) => log.append(events.slice(0, 10_000)) })),
  broken('full', (log) => ({ append: (events) => log.append(events).catch(() => undefined) })),
  { rule: 'torn', world: { ...worldOf(() => ({})), tear: async () => undefined } },
  broken('closed', (log) => ({
    append: (events) =>
      log.append(events).catch((error: unknown) => (isClosed(error) ? undefined : refuse(error))),
  })),
  broken('flushes', (log) => ({
    append: async (events) => {
      const copy = structuredClone(events);
      await later();
      await log.append(copy);
    },
  })),
  broken('repeatable', (log) => {
    let stops = 0;
    return {
      stop: async (signal) => {
        stops += 1;
        if (stops > 1) throw new Error('not open');
        await log.stop(signal);
      },
    };
  }),
  broken('abort', (log) => ({ start: () => log.start(new AbortController().signal) })),
];

type Spoil = (log: MemorySegmentLog) => Partial<SegmentLog>;

function broken(rule: string, spoil: Spoil): Broken<SegmentLogWorld> {
  return { rule, world: worldOf(spoil) };
}

function worldOf(spoil: Spoil): SegmentLogWorld {
  const inner = new WeakMap<SegmentLog, MemorySegmentLog>();
  const create = async (): Promise<SegmentLog> => {
    const log = createMemorySegmentLog();
    const spoiled = { ...log, ...spoil(log) };
    inner.set(spoiled, log);
    return spoiled;
  };
  return { create, reopen: create, fill: async (log, isFull) => inner.get(log)?.fail(isFull) };
}

function isClosed(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'UNSUPPORTED';
}

function refuse(error: unknown): never {
  throw error;
}
