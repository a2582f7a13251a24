/** A MediaMTX that runs elsewhere: watched, never started or stopped. */
import type { Settings } from './options.js';
import { ServerWatch, type WatchDeps } from './server-watch.js';
import { checkVersion } from './state-tracker.js';

export class ExternalServer {
  readonly #settings: Settings;
  readonly #watch: ServerWatch;
  readonly #ended = new AbortController();
  #watching: Promise<unknown> | undefined;

  constructor(settings: Settings, deps: WatchDeps) {
    this.#settings = settings;
    this.#watch = new ServerWatch(deps);
  }

  /** @throws PortError OPTION_INVALID when the server answers and is too old. */
  async start(signal: AbortSignal): Promise<void> {
    const seen = await this.#watch.look(AbortSignal.any([signal, this.#ended.signal]));
    if (!('failed' in seen)) checkVersion(seen);
    this.#watching = this.#watch.run(this.#settings.timing.pollMs, Infinity, this.#ended.signal);
  }

  /** Something hints that the server may be gone. */
  hurry(): void {
    this.#watch.hurry();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#watching;
  }
}
