/** A SegmentLog that forgets at the end of the process, for tests and demos. */
import { PortError } from '../../../ports/port-error.js';
import type { SegmentEvent, SegmentLog } from '../../../ports/segment-log.js';

export const MEMORY_SEGMENT_LOG = 'memory';

export interface MemorySegmentLog extends SegmentLog {
  /** What is kept, oldest first. */
  events(): readonly SegmentEvent[];
  /** From here on every write fails as on a full disk, until it is called with false. */
  fail(isFull: boolean): void;
}

const BATCH = 1_000;

export function createMemorySegmentLog(): MemorySegmentLog {
  let kept: SegmentEvent[] = [];
  let isOpen = false;
  let isFull = false;
  const requireWritable = (): void => {
    if (!isOpen) throw closed();
    if (isFull) throw new PortError('STORAGE_FULL', { retryable: true });
  };
  return {
    name: MEMORY_SEGMENT_LOG,
    supports: { persistence: false },
    start: async (signal) => {
      signal.throwIfAborted();
      isOpen = true;
    },
    async *read() {
      if (!isOpen) throw closed();
      for (let at = 0; at < kept.length; at += BATCH) yield structuredClone(kept.slice(at, at + BATCH));
    },
    append: async (events) => {
      requireWritable();
      for (const event of events) kept.push(structuredClone(event));
    },
    compact: async (events) => {
      requireWritable();
      kept = structuredClone([...events]);
    },
    stop: async () => {
      isOpen = false;
    },
    events: () => structuredClone(kept),
    fail: (full) => {
      isFull = full;
    },
  };
}

function closed(): PortError {
  return new PortError('UNSUPPORTED', { detail: { feature: 'use before start' } });
}
