import type { Clock, Component, FileStore, Logger } from '../../ports/index.js';
import type { HealthBoard } from '../health/health-board.js';
import type { FileIndex } from './file-index.js';

export interface StorageDeps {
  readonly files: FileStore;
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

/**
 * The place of recordings and snapshots as a part of the service. A disk that is away does not keep the service from starting: it
 * is tried again and again, and the health board says so meanwhile.
 */
export class Storage implements Component {
  readonly name = 'storage';
  readonly #deps: StorageDeps;
  #stopping = new AbortController();
  #trying: Promise<void> = Promise.resolve();

  constructor(deps: StorageDeps) {
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#stopping = new AbortController();
    const isUp = await this.#open(signal);
    signal.throwIfAborted();
    if (!isUp) this.#trying = this.#keepTrying(this.#stopping.signal);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await this.#trying;
    await this.#deps.files.stop(signal);
  }

  /** @returns false when it cannot be used. */
  async #open(signal: AbortSignal): Promise<boolean> {
    const { files, index, board, log, claim, onReady } = this.#deps;
    try {
      await claim(signal);
      await files.start(signal);
      await index.load();
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

  async #keepTrying(signal: AbortSignal): Promise<void> {
    for (let isUp = false; !isUp && !signal.aborted;) {
      await this.#deps.clock.sleep(RETRY_MS, signal).catch(() => undefined);
      isUp = signal.aborted || (await this.#open(signal));
    }
  }
}
