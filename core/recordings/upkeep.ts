import type { Clock, FileStore, Logger } from '../../ports/index.js';
import { storageFull } from './failures.js';
import type { RecordingOptions } from './recording-options.js';
import type { RecordingSession } from './recording-session.js';
import type { RunningRecordings } from './running-recordings.js';
import type { ServiceError } from '../errors/service-error.js';

export interface UpkeepDeps {
  readonly files: FileStore;
  readonly sessions: RunningRecordings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Looks at the files of all recordings and judges them. */
  readonly look: () => Promise<void>;
  readonly lookForPauses: () => Promise<void>;
  /** Called for each running recording when the disk has reached the reserve: it is to end. */
  readonly full: (session: RecordingSession, error: ServiceError) => void;
  readonly progress: (session: RecordingSession, nowMs: number) => void;
}

/** How often running recordings are searched for missing frames. */
const PAUSES_MS = 2_000;

/** What is done again and again while something is recorded. */
export class Upkeep {
  readonly #options: RecordingOptions;
  readonly #deps: UpkeepDeps;
  #progressAt = -Infinity;
  #pausesAt = -Infinity;

  constructor(options: RecordingOptions, deps: UpkeepDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { sessions, clock, look } = this.#deps;
    while (!signal.aborted) {
      // At rest there is nothing to look at.
      await sessions.some(signal).catch(() => undefined);
      await clock.sleep(this.#options.watchMs, signal).catch(() => undefined);
      if (signal.aborted || sessions.size === 0) continue;
      await look();
      await this.#lookForPauses();
      await this.#guardReserve();
      this.#tellProgress();
    }
  }

  async #lookForPauses(): Promise<void> {
    const now = this.#deps.clock.monotonicMs();
    if (now - this.#pausesAt < PAUSES_MS) return;
    this.#pausesAt = now;
    await this.#deps.lookForPauses();
  }

  /** Recordings that run end in order before the disk is full, so that the rest of the machine can go on. */
  async #guardReserve(): Promise<void> {
    const { files, sessions, full } = this.#deps;
    const { reserveBytes } = this.#options;
    const capacity = await files.capacity().catch(() => undefined);
    if (capacity === undefined || capacity.availableBytes >= reserveBytes) return;
    const error = storageFull(capacity.availableBytes, reserveBytes);
    for (const session of sessions.all()) if (session.state === 'RECORDING') full(session, error);
  }

  #tellProgress(): void {
    const now = this.#deps.clock.monotonicMs();
    if (now - this.#progressAt < this.#options.progressMs) return;
    this.#progressAt = now;
    for (const session of this.#deps.sessions.all())
      if (session.state === 'RECORDING' && session.files.length > 0) this.#deps.progress(session, now);
  }
}
