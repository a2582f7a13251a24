import { withDeadline } from '../../core/lifecycle/deadline.js';
import { isPortError, PortError, type Clock, type Lifecycle } from '../../ports/index.js';
import { bounded, DeafError } from './bounded.js';
import { wordsOf, type AdapterName, type FaultBook } from './fault-book.js';
import { readNothing, ShapeError, type Read } from './shapes.js';

export interface GuardDeps {
  readonly clock: Clock;
  readonly faults: FaultBook;
}

/** How a call into an adapter is watched. */
export interface Watched<T> {
  /** Its name, for messages. */
  readonly method: string;
  readonly signal?: AbortSignal | undefined;
  /** How long it may take; `CALL_LIMIT_MS` when absent. */
  readonly limitMs?: number;
  readonly read: Read<T>;
}

/** The longest that an adapter may take for anything. Whoever calls has a shorter deadline where there is one. */
export const CALL_LIMIT_MS = 30_000;
/** An adapter that has been told to end does so within this time, or is not waited for. */
export const GRACE_MS = 1_000;

/** One adapter between core and a plugin: each call is bounded, and what it hands over is looked at before core gets it. */
export class Guard {
  readonly name: AdapterName;
  readonly #deps: GuardDeps;

  constructor(name: AdapterName, deps: GuardDeps) {
    this.name = name;
    this.#deps = deps;
  }

  get clock(): Clock {
    return this.#deps.clock;
  }

  /**
   * Calls the adapter.
   * @throws PortError what the adapter throws by its contract, or `ADAPTER_FAILED` for everything else; the signal's reason.
   */
  async call<T>(run: (signal: AbortSignal) => unknown, watched: Watched<T>): Promise<T> {
    const { method, signal, limitMs = CALL_LIMIT_MS } = watched;
    const task = (inner: AbortSignal): Promise<unknown> =>
      bounded(this.clock, promised(run, inner), { graceMs: GRACE_MS, signal: inner });
    let value: unknown;
    try {
      value = await withDeadline(this.clock, limitMs, task, signal);
    } catch (cause) {
      throw this.#judge(cause, { method, signal, limitMs });
    }
    return this.#read(value, watched);
  }

  /** The same for what answers at once. @param otherwise what core gets in place of nonsense. */
  now<T>(run: () => unknown, { method, read }: Pick<Watched<T>, 'method' | 'read'>, otherwise: T): T {
    try {
      const value = read(defused(run()));
      this.well(method);
      return value;
    } catch (cause) {
      this.fault(method, cause);
      return otherwise;
    }
  }

  /** Writes a fault down. @param cause what was thrown, or what the adapter did as a part of a sentence. */
  fault(method: string, cause: unknown): void {
    // It has been written down where it was found.
    if (isPortError(cause, 'ADAPTER_FAILED')) return;
    const { plugin } = this.name;
    this.#deps.faults.raise(
      plugin,
      this.#subject(method),
      cause instanceof Fault ? cause : this.#asFault(cause),
    );
  }

  /** A method did what it should. */
  well(method: string): void {
    this.#deps.faults.clear(this.name.plugin, this.#subject(method));
  }

  /** A failure that core can name, and its line in the health of the plugin. */
  failed(method: string, what: string, cause?: unknown): PortError {
    const fault = new Fault(what, { cause });
    this.fault(method, fault);
    const message = `${this.#subject(method)} of the plugin ${this.name.plugin} ${what}`;
    return new PortError('ADAPTER_FAILED', { cause, message, detail: { ...this.name, method } });
  }

  #read<T>(value: unknown, { method, read }: Watched<T>): T {
    let found: T;
    try {
      found = read(value);
    } catch (cause) {
      throw this.failed(method, `returned an invalid value: ${wordsOf(cause)}`, cause);
    }
    this.well(method);
    return found;
  }

  #judge(
    cause: unknown,
    { method, signal, limitMs }: Pick<Watched<unknown>, 'method' | 'signal'> & { readonly limitMs: number },
  ): unknown {
    if (cause instanceof DeafError) {
      if (signal?.aborted !== true)
        return this.failed(method, `did not respond within ${String(limitMs)} ms`);
      this.fault(method, new Fault(cause.message));
      return signal.reason;
    }
    if (signal?.aborted === true) return signal.reason;
    if (cause instanceof Error && cause.name === 'DeadlineError')
      return this.failed(method, `did not respond within ${String(limitMs)} ms`);
    return this.thrown(method, cause);
  }

  /** What core gets of what the adapter threw: an error of its contract as it is. */
  thrown(method: string, cause: unknown): PortError {
    if (isPortError(cause)) {
      this.well(method);
      return cause;
    }
    return this.failed(method, `threw: ${wordsOf(cause)}`, cause);
  }

  #asFault(cause: unknown): Fault {
    if (typeof cause === 'string') return new Fault(cause);
    const words = wordsOf(cause);
    return new Fault(
      cause instanceof ShapeError ? `returned an invalid value: ${words}` : `threw: ${words}`,
      {
        cause,
      },
    );
  }

  #subject(method: string): string {
    return method === '' ? this.name.adapter : `${this.name.adapter}.${method}`;
  }
}

/** An adapter may hand over a promise where none belongs: nobody waits for it, so that it fails is to be nobody's error. */
export function defused(value: unknown): unknown {
  if (value instanceof Promise) value.catch(() => undefined);
  return value;
}

/** Says what is wrong as a part of a sentence. */
class Fault extends Error {}

async function promised(run: (signal: AbortSignal) => unknown, signal: AbortSignal): Promise<unknown> {
  return await run(signal);
}

/** Begin and end of an adapter that need not have them. One that does not come up costs itself: it is tried again before each use. */
export class GuardedLife {
  readonly #guard: Guard;
  readonly #life: Partial<Lifecycle>;
  #isUp: boolean;

  constructor(guard: Guard, life: Partial<Lifecycle>) {
    this.#guard = guard;
    this.#life = life;
    this.#isUp = life.start === undefined;
  }

  /** The methods of the adapter's life, where it has one. */
  methods(): Partial<Lifecycle> {
    if (this.#life.start === undefined && this.#life.stop === undefined) return {};
    return { start: (signal) => this.#start(signal), stop: (signal) => this.#stop(signal) };
  }

  async #start(signal: AbortSignal): Promise<void> {
    await this.ensureUp(signal).catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      this.#guard.fault('start', cause);
    });
  }

  async ensureUp(signal: AbortSignal): Promise<void> {
    if (this.#isUp) return;
    await this.#guard.call((inner) => this.#life.start?.(inner), {
      method: 'start',
      signal,
      limitMs: START_LIMIT_MS,
      read: readNothing,
    });
    this.#isUp = true;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    this.#isUp = this.#life.start === undefined;
    await stopQuietly(this.#guard, (inner) => this.#life.stop?.(inner), signal);
  }
}

export const START_LIMIT_MS = 10_000;

/** A plugin that cannot end must not keep the service from ending. */
export async function stopQuietly(
  guard: Guard,
  stop: (signal: AbortSignal) => unknown,
  signal: AbortSignal,
): Promise<void> {
  await guard.call(stop, { method: 'stop', signal, read: readNothing }).catch((cause: unknown) => {
    if (!signal.aborted) guard.fault('stop', cause);
  });
}
