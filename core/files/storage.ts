import type { Clock, Component, FileStore, Logger, SegmentLog } from '../../ports/index.js';
import type { HealthBoard } from '../health/health-board.js';
import type { FileIndex } from './file-index.js';

export interface StorageDeps {
  readonly files: FileStore;
  readonly segments: Pick<SegmentLog, 'stop'>;
  readonly index: FileIndex;
  readonly board: HealthBoard;
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps other services from the folders, before they are touched. @throws PortError when another one has them. */
  readonly claim: (signal: AbortSignal) => Promise<void>;
  /** Called when files can be used. */
  readonly onReady: () => void;
}

const RETRY_MS = 10_000;
/** How often the index is compared with the folders, in case an event was lost. */
const SWEEP_MS = 60_000;

/**
 * The place of recordings and snapshots as a part of the service. A disk that is away does not keep the service from starting: it
 * is tried again and again, and the health board says so meanwhile.
 */
export class Storage implements Component {
  readonly name = 'storage';
  readonly #deps: StorageDeps;
  #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: StorageDeps) {
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#stopping = new AbortController();
    const isUp = await this.#open(signal);
    signal.throwIfAborted();
    this.#running = this.#run(isUp, this.#stopping.signal);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#deps.index.stop();
    await this.#deps.segments.stop(signal);
    await this.#deps.files.stop(signal);
  }

  /** @returns false when it cannot be used. */
  async #open(signal: AbortSignal): Promise<boolean> {
    const { files, index, board, log, claim, onReady } = this.#deps;
    try {
      await claim(signal);
      await files.start(signal);
      await index.load(signal);
    } catch (cause) {
      if (signal.aborted) return false;
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.error('storage cannot be used: no snapshots or recordings', { cause, retry_in_ms: RETRY_MS });
      board.set('file-store', 'down', { isVital: true, reason });
      return false;
    }
    onReady();
    board.set('file-store', 'ok');
    return true;
  }

  /** Opens the storage as soon as it can be used, and then sees that the index does not drift from it. */
  async #run(wasUp: boolean, signal: AbortSignal): Promise<void> {
    for (let isUp = wasUp; !signal.aborted;) {
      await this.#deps.clock.sleep(isUp ? SWEEP_MS : RETRY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (isUp) await this.#sweep();
      else isUp = await this.#open(signal);
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#deps.index.sweep();
    } catch (cause) {
      this.#deps.log.warn('the folders of files could not be compared with the index', { cause });
    }
  }
}
