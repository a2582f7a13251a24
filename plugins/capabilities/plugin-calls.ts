import { dependencyFailed, invalidState } from '../../core/errors/service-error.js';

/** Handlers of one plugin that have not ended, whether anybody still waits for them or not, and streams that they have answered with. */
const MOST_AT_ONCE = 64;

/** The calls of one plugin's handlers that are under way. */
export class PluginCalls {
  readonly #plugin: string;
  readonly #held = new Set<HeldCall>();

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /**
   * Runs a handler, which may end late or never. @param outer nobody waits any more when it aborts, and the handler is told.
   * @throws what the handler throws; ServiceError when there are too many, and when the plugin is taken out meanwhile.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, outer: AbortSignal): Promise<T> {
    const held = this.hold(outer);
    const answer = promised(() => work(held.signal));
    const release = (): void => {
      held.release();
    };
    answer.then(release, release);
    return held.orEnd(answer);
  }

  /** A call that takes its place until it is released. @throws ServiceError when there are too many. */
  hold(outer: AbortSignal): HeldCall {
    if (this.#held.size >= MOST_AT_ONCE)
      throw dependencyFailed(this.#plugin, `${String(MOST_AT_ONCE)} calls of the plugin have not ended`);
    const held = new HeldCall(outer, () => this.#held.delete(held));
    this.#held.add(held);
    return held;
  }

  /** Nobody waits for those under way any more. */
  end(): void {
    for (const held of this.#held) held.end(invalidState('stopping', ['ready']));
  }
}

/** A call that goes on, and for how long anybody waits for it. */
export class HeldCall {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #onRelease: () => void;
  readonly #onAbort = (): void => {
    this.end(this.#outer.reason);
  };

  constructor(outer: AbortSignal, onRelease: () => void) {
    this.#outer = outer;
    this.#onRelease = onRelease;
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborts when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Waits for work until nobody waits any more. @throws what the work throws, or the reason. */
  orEnd<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      const forget = (): void => {
        signal.removeEventListener('abort', onAbort);
      };
      work.then(resolve, reject).finally(forget);
    });
  }

  /** Its place is free for another. May be repeated. */
  release(): void {
    this.#outer.removeEventListener('abort', this.#onAbort);
    this.#onRelease();
  }
}

/** Whatever a plugin does at once is treated as if it came later. */
export async function promised<T>(work: () => T | Promise<T>): Promise<T> {
  return await work();
}
