import type { Clock, HealthReport, Logger } from '../../ports/index.js';
import { Listeners } from '../lifecycle/listeners.js';

export type ComponentState = 'ok' | 'starting' | 'degraded' | 'down';

interface Entry {
  readonly state: ComponentState;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly reason?: string;
  /** Without it the service is of no use. */
  readonly isVital: boolean;
}

/** What works and what does not, and since when. Components say it; everybody may read it. */
export class HealthBoard {
  readonly changes: Listeners<HealthReport>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #isStarted = false;
  #isStopping = false;
  /** Asked for by every status call, so it is made once per change. */
  #report: HealthReport | undefined;

  constructor(deps: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = deps.clock;
    this.changes = new Listeners(deps.log);
  }

  /** Says how a component is. Saying the same again changes nothing. */
  set(
    name: string,
    state: ComponentState,
    options: { readonly reason?: string | undefined; readonly isVital?: boolean } = {},
  ): void {
    const before = this.#entries.get(name);
    if (before?.state === state && before.reason === options.reason) return;
    const isSame = before?.state === state;
    const reason = options.reason === undefined ? {} : { reason: options.reason };
    const isVital = options.isVital ?? before?.isVital ?? false;
    this.#entries.set(name, { state, since: isSame ? before.since : this.#clock.now(), isVital, ...reason });
    this.#report = undefined;
    if (!isSame) this.changes.emit(this.report());
  }

  /** Nothing is to be said of a component any more. */
  remove(name: string): void {
    if (!this.#entries.delete(name)) return;
    this.#report = undefined;
    this.changes.emit(this.report());
  }

  /** Everything has been started, whatever became of it. */
  started(): void {
    this.#isStarted = true;
    this.#report = undefined;
    this.changes.emit(this.report());
  }

  stopping(): void {
    this.#isStopping = true;
    this.#report = undefined;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  report(): HealthReport {
    return (this.#report ??= this.#makeReport());
  }

  #makeReport(): HealthReport {
    const entries = [...this.#entries.values()];
    const isUnhealthy = entries.some((entry) => entry.isVital && entry.state === 'down');
    const isDegraded = !this.#isStarted || entries.some((entry) => entry.state !== 'ok');
    const components = Object.fromEntries(
      [...this.#entries].map(([name, { state, since, reason }]) => [
        name,
        Object.freeze({
          state,
          since: new Date(since).toISOString(),
          ...(reason === undefined ? {} : { reason }),
        }),
      ]),
    );
    return {
      status: isUnhealthy ? 'UNHEALTHY' : isDegraded ? 'DEGRADED' : 'HEALTHY',
      ready: this.#isStarted && !this.#isStopping && !isUnhealthy,
      // Deeply frozen: transports may cache its encoding.
      components: Object.freeze(components),
    };
  }
}
