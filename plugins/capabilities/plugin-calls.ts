import { dependencyFailed, invalidState } from '../../core/errors/service-error.js';

/** Handlers of one plugin that have not ended, whether anybody still waits for them or not. */
const MOST_AT_ONCE = 64;

/** The calls of one plugin's handlers that are under way. */
export class PluginCalls {
  readonly #plugin: string;
  readonly #ends = new Set<(reason: unknown) => void>();

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /**
   * Runs a handler, which may end late or never. @param outer nobody waits any more when it aborts, and the handler is told.
   * @throws what the handler throws; ServiceError when there are too many, and when the plugin is taken out meanwhile.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, outer: AbortSignal): Promise<T> {
    if (this.#ends.size >= MOST_AT_ONCE)
      throw dependencyFailed(this.#plugin, `${String(MOST_AT_ONCE)} calls of the plugin have not ended`);
    return new Promise((resolve, reject) => {
      const controller = new AbortController();
      const end = (reason: unknown): void => {
        controller.abort(reason);
        reject(reason);
      };
      const onAbort = (): void => {
        end(outer.reason);
      };
      this.#ends.add(end);
      if (outer.aborted) onAbort();
      else outer.addEventListener('abort', onAbort, { once: true });
      promised(work, controller.signal)
        .then(resolve, reject)
        .finally(() => {
          outer.removeEventListener('abort', onAbort);
          this.#ends.delete(end);
        });
    });
  }

  /** Nobody waits for those under way any more. */
  end(): void {
    for (const end of this.#ends) end(invalidState('stopping', ['ready']));
  }
}

async function promised<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return await work(signal);
}
