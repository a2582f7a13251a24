import type { Clock, Component, Logger } from '../../ports/index.js';

export interface SupervisorOptions {
  /** How long one component may take to stop before its signal aborts, and again before it is given up. */
  readonly stopBudgetMs: number;
}

/** Starts components in order and stops them in reverse, always to the end. */
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
   * @throws whatever a component threw; what had been started is stopped again by then.
   */
  async start(components: readonly Component[], signal: AbortSignal): Promise<void> {
    try {
      for (const component of components) {
        signal.throwIfAborted();
        // Pushed before start(): a half-started component still needs stop().
        this.#started.push(component);
        const began = this.#clock.monotonicMs();
        await component.start(signal);
        const tookMs = Math.round(this.#clock.monotonicMs() - began);
        this.#log.debug('component started', { component: component.name, took_ms: tookMs });
      }
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  /** Stops everything that was started. Never rejects: one bad component does not strand the others. */
  async stop(): Promise<void> {
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      await this.#stopOne(part);
    }
  }

  async #stopOne(component: Component): Promise<void> {
    const budget = new AbortController();
    const soft = this.#clock.after(this.#options.stopBudgetMs, () => {
      budget.abort(new Error(`no time left to stop ${component.name}`));
    });
    // A component that ignores its signal must not hold up the ones below it.
    let giveUp = (): void => undefined;
    const hard = new Promise<'late'>((resolve) => {
      giveUp = this.#clock.after(this.#options.stopBudgetMs * 1.5, () => {
        resolve('late');
      });
    });
    try {
      const outcome = await Promise.race([component.stop(budget.signal), hard]);
      if (outcome === 'late')
        this.#log.error('component did not stop in time', { component: component.name });
    } catch (cause) {
      this.#log.error('component failed to stop', { component: component.name, cause });
    } finally {
      soft();
      giveUp();
    }
  }
}
