/** A MediaMTX that runs elsewhere: watched, never started or stopped. */
import type { Settings } from './settings.js';
import { ServerWatch, type WatchDeps } from './server-watch.js';
import { checkVersion } from './state-tracker.js';

export class ExternalServer {
  readonly #settings: Settings;
  readonly #watch: ServerWatch;
  readonly #deps: WatchDeps;
  readonly #ended = new AbortController();
  #hasMet = false;
  #watching: Promise<unknown> | undefined;

  constructor(settings: Settings, deps: WatchDeps) {
    this.#settings = settings;
    this.#deps = deps;
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

  /**
   * It is ready. Whoever was let in during an earlier run of this service is ended the first time, and asked again: what their
   * credentials are worth is not known any more.
   */
  async met(): Promise<void> {
    if (this.#hasMet || this.#settings.auth.secret === '') return;
    this.#hasMet = true;
    const { api, log } = this.#deps;
    const { signal } = this.#ended;
    try {
      const viewers = (await api.listPaths(signal)).flatMap((path) => path.viewers);
      for (const viewer of viewers) await api.endViewer(viewer, signal);
      if (viewers.length > 0)
        log.info('viewers of an earlier run are authorised again', { viewers: viewers.length });
    } catch (cause) {
      this.#hasMet = false;
      if (!signal.aborted) log.warn('viewers of an earlier run could not be authorised again', { cause });
    }
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#watching;
  }
}
