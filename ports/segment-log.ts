import type { FileKind } from './file-store.js';
import type { Lifecycle } from './lifecycle.js';

/**
 * What has happened to a file. `kept`: what was known of it when the history was shortened. `opened`, `grew`, `closed`: it was begun,
 * has become longer, is complete. `measured`: its content was examined. `repaired`: incomplete parts were moved to quarantine.
 * `deleted`: this service has removed it.
 */
export type SegmentEventType = 'kept' | 'opened' | 'grew' | 'closed' | 'measured' | 'repaired' | 'deleted';

/** One line of the log. Plain JSON data, at most a few kilobytes. */
export interface SegmentEvent {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  readonly type: SegmentEventType;
  readonly kind: FileKind;
  readonly filename: string;
  /** What is known of the file from here on, beside what earlier events say. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/**
 * The history of all recordings and snapshots, from which the index of files is built at the start. Events are only ever appended;
 * `compact` replaces the whole history by a shorter one with the same result. One process uses a log at a time.
 */
export interface SegmentLog extends Lifecycle {
  readonly name: string;
  readonly supports: {
    /** Whether events survive a restart of the process. */
    readonly persistence: boolean;
  };
  /** @throws PortError `STORAGE_FAILED`, `STORAGE_FULL` if events cannot be stored at the moment. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Reads all events, oldest first, in parts of any size. An event that is damaged or was written in part is left out, is
   * reported in the log of the service, and affects no other event. What is appended during the call may be missing.
   * @throws PortError `STORAGE_FAILED`; `UNSUPPORTED` while stopped.
   */
  read(): AsyncIterable<readonly SegmentEvent[]>;
  /**
   * Appends events after all others, in the order of the calls; calls may overlap. Later changes to the objects have no effect.
   * Resolves when the events can no longer be lost by a crash of the process or the machine. After a crash during the call, any
   * number of the events may be missing from the end.
   * @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`: the events are lost, but later ones may succeed; `UNSUPPORTED` while stopped.
   */
  append(events: readonly SegmentEvent[]): Promise<void>;
  /**
   * Replaces all events by these. A crash leaves the old or the new history, never a mixture. Calls of `append` during the call
   * take effect after it.
   * @throws PortError like `append`; the old history is then still in place.
   */
  compact(events: Iterable<SegmentEvent>): Promise<void>;
}
