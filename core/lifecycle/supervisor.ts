import type { Clock, Component, Logger } from '../../ports/index.js';

export interface SupervisorOptions {
  /** How long the end of all components together may take. */
  readonly stopBudgetMs: number;
}

/** What an orderly stop may need at worst, for components that do not say. */
const USUAL_STOP_MS = 500;
/** The part of its share after which a component's signal aborts; the rest is for releasing at once what is left. */
const ORDERLY_PART = 0.8;
/** One that stops alone has more time than its share of a common end. */
const LEAVE_PARTS = 4;
/** How long a start may go on once its signal has aborted. */
const ABANDON_MS = 2_000;

/**
 * Starts components in order and stops them in reverse, always to the end. The stop budget is handed out in proportion to what
 * each component may need; the time that one does not use is shared by those that stop after it.
 */
export class Supervisor {
  readonly #started: Component[] = [];
  readonly #options: SupervisorOptions;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(options: SupervisorOptions, deps: { readonly clock: Clock; readonly log: Logger }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /**
   * Starts each component after the one before it is up.
   * @throws whatever a component threw, or the signal's reason; what had been started is stopped again by then.
   */
  async start(components: readonly Component[], signal: AbortSignal): Promise<void> {
    try {
      for (const component of components) {
        signal.throwIfAborted();
        // Pushed before start(): a half-started component still needs stop().
        this.#started.push(component);
        await this.#startOne(component, signal);
      }
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  /**
   * Starts one more component.
   * @param before it has its place in the order before this one, and is therefore stopped after it; at the end when absent.
   * @throws what it threw, or the signal's reason; it has been stopped again by then.
   */
  async join(component: Component, before: Component | undefined, signal: AbortSignal): Promise<void> {
    const place = before === undefined ? -1 : this.#started.indexOf(before);
    this.#started.splice(place < 0 ? this.#started.length : place, 0, component);
    try {
      await this.#startOne(component, signal);
    } catch (cause) {
      await this.leave(component);
      throw cause;
    }
  }

  /** Stops one component within the time that a graceful stop of it takes. Never rejects. */
  async leave(component: Component): Promise<void> {
    const place = this.#started.indexOf(component);
    if (place < 0) return;
    this.#started.splice(place, 1);
    await this.#stopOne(component, LEAVE_PARTS * needOf(component));
  }

  /** Stops everything that was started. Never rejects: one bad component does not strand the others. */
  async stop(): Promise<void> {
    const deadline = this.#clock.monotonicMs() + this.#options.stopBudgetMs;
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      const leftMs = Math.max(0, deadline - this.#clock.monotonicMs());
      const needs = [part, ...this.#started].reduce((sum, each) => sum + needOf(each), 0);
      await this.#stopOne(part, (leftMs * needOf(part)) / needs);
    }
  }

  async #startOne(component: Component, signal: AbortSignal): Promise<void> {
    const began = this.#clock.monotonicMs();
    const abandoned = new AbandonedStart(this.#clock, signal);
    try {
      await Promise.race([component.start(signal), abandoned.promise]);
    } finally {
      abandoned.cancel();
    }
    const tookMs = Math.round(this.#clock.monotonicMs() - began);
    this.#log.debug('component started', { component: component.name, took_ms: tookMs });
  }

  async #stopOne(component: Component, shareMs: number): Promise<void> {
    const budget = new AbortController();
    const soft = this.#clock.after(shareMs * ORDERLY_PART, () => {
      budget.abort(new Error(`no time left to stop ${component.name}`));
    });
    // A component that ignores its signal must not hold up the ones below it.
    let giveUp = (): void => undefined;
    const hard = new Promise<'late'>((resolve) => {
      giveUp = this.#clock.after(shareMs, () => {
        resolve('late');
      });
    });
    try {
      const outcome = await Promise.race([component.stop(budget.signal), hard]);
      if (outcome === 'late')
        this.#log.error('component did not stop in time', {
          component: component.name,
          share_ms: Math.round(shareMs),
        });
    } catch (cause) {
      this.#log.error('component failed to stop', { component: component.name, cause });
    } finally {
      soft();
      giveUp();
    }
  }
}

function needOf({ stopMs }: Component): number {
  return stopMs ?? USUAL_STOP_MS;
}

/** Rejects with the signal's reason when a start has not ended a while after its signal aborted. */
class AbandonedStart {
  readonly promise: Promise<never>;
  #cancelTimer = (): void => undefined;
  #forget = (): void => undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.promise = new Promise((_resolve, reject) => {
      const onAbort = (): void => {
        this.#cancelTimer = clock.after(ABANDON_MS, () => {
          reject(signal.reason as Error);
        });
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#forget = () => {
        signal.removeEventListener('abort', onAbort);
      };
    });
    this.promise.catch(() => undefined);
  }

  cancel(): void {
    this.#cancelTimer();
    this.#forget();
  }
}
