import { setImmediate } from 'node:timers/promises';
import type { DeviceEvent, DeviceEventSource } from '../../ports/index.js';
import { DeafError } from './bounded.js';
import { wordsOf } from './fault-book.js';
import { defused, GRACE_MS, GuardedLife, type Guard } from './guarded.js';
import { readEvent } from './shapes.js';

/** More devices at a time, or more events in one go, are no devices. */
const MAX_DEVICES = 1024;
/** How often in a second a source may have news. */
const MAX_BURSTS_PER_SECOND = 200;

/** A source of devices whose events are looked at, counted and bounded. One that fails for good is started again by core. */
export class GuardedSource implements DeviceEventSource {
  readonly name: string;
  readonly supports: DeviceEventSource['supports'];
  readonly start?: (signal: AbortSignal) => Promise<void>;
  readonly stop?: (signal: AbortSignal) => Promise<void>;
  readonly heardAt?: () => number | undefined;
  readonly #adapter: DeviceEventSource;
  readonly #guard: Guard;
  readonly #life: GuardedLife;
  #isWatched = false;

  constructor(adapter: DeviceEventSource, guard: Guard) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#life = new GuardedLife(guard, adapter);
    Object.assign(this, this.#life.methods());
    if (typeof adapter.heardAt === 'function') this.heardAt = () => this.#heardAt();
  }

  async *watch(signal: AbortSignal): AsyncGenerator<DeviceEvent> {
    if (signal.aborted) return;
    if (this.#isWatched) throw new TypeError(`${this.name} is already being watched`);
    this.#isWatched = true;
    try {
      await this.#life.ensureUp(signal);
      yield* this.#watch(signal);
    } finally {
      this.#isWatched = false;
    }
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<DeviceEvent> {
    const present = new Set<string>();
    const reader = new Reader(this.#open(signal), this.#guard.clock, signal);
    try {
      yield* this.#events(reader, present, signal);
    } catch (cause) {
      if (!(cause instanceof Flood)) throw cause;
      for (const key of present) yield { type: 'removed', key };
      throw this.#guard.failed('watch', cause.message);
    } finally {
      reader.close();
    }
  }

  async *#events(reader: Reader, present: Set<string>, signal: AbortSignal): AsyncGenerator<DeviceEvent> {
    const bursts = this.#bursts(reader, signal);
    const pace = new Pace(() => this.#guard.clock.monotonicMs());
    for await (const burst of bursts) {
      pace.count();
      for (const value of burst) {
        const event = this.#checked(value, present);
        if (event !== undefined) yield event;
      }
    }
    if (!signal.aborted) throw this.#guard.failed('watch', 'ended by itself');
  }

  /** What a source tells without pausing comes together, so that one that never pauses is noticed before anything of it counts. */
  async *#bursts(reader: Reader, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    let burst: unknown[] = [];
    for (;;) {
      const coming = this.#next(reader, signal);
      const rest = burst.length === 0 ? undefined : setImmediate('rest' as const);
      if (rest !== undefined && (await Promise.race([coming, rest])) === 'rest') {
        yield burst;
        burst = [];
      }
      const next = await coming;
      if (next.done === true) break;
      burst.push(next.value);
      if (burst.length > MAX_DEVICES)
        throw new Flood(`reported more than ${String(MAX_DEVICES)} events at once`);
    }
    if (burst.length > 0) yield burst;
  }

  #open(signal: AbortSignal): AsyncIterator<unknown> {
    let iterator: Partial<AsyncIterator<unknown>> | undefined;
    try {
      const events = defused(this.#adapter.watch(signal)) as Partial<AsyncIterable<unknown>> | undefined;
      iterator = events?.[Symbol.asyncIterator]?.();
    } catch (cause) {
      throw this.#guard.thrown('watch', cause);
    }
    if (typeof iterator?.next === 'function') return iterator as AsyncIterator<unknown>;
    throw this.#guard.failed('watch', 'returned an invalid value: it must return an async iterable');
  }

  async #next(reader: Reader, signal: AbortSignal): Promise<IteratorResult<unknown>> {
    try {
      const next: unknown = await reader.next();
      if (isResult(next)) return next;
    } catch (cause) {
      if (!signal.aborted) throw this.#guard.thrown('watch', cause);
      this.#guard.fault('watch', wordsOf(cause));
      return { done: true, value: undefined };
    }
    throw this.#guard.failed(
      'watch',
      'returned an invalid value: next() must give { value } or { done: true }',
    );
  }

  /** @returns `undefined` for what is not to be passed on. */
  #checked(value: unknown, present: Set<string>): DeviceEvent | undefined {
    let event: DeviceEvent;
    try {
      event = readEvent(value);
    } catch (cause) {
      this.#guard.fault('watch', cause);
      return undefined;
    }
    return this.#isNews(event, present) ? event : undefined;
  }

  #isNews(event: DeviceEvent, present: Set<string>): boolean {
    const key = event.type === 'removed' ? event.key : event.source.key;
    const isKnown = present.has(key);
    if (event.type === 'added') {
      present.add(key);
      if (present.size > MAX_DEVICES) throw new Flood(`announced more than ${String(MAX_DEVICES)} devices`);
    }
    if (event.type === 'removed') present.delete(key);
    if (event.type === 'added' ? !isKnown : isKnown) return true;
    const what =
      event.type === 'added'
        ? 'added a device twice'
        : `reported ${event.type} for a device that it had not added`;
    this.#guard.fault('watch', what);
    return false;
  }

  #heardAt(): number | undefined {
    const read = (value: unknown): number | undefined =>
      typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    return this.#guard.now(() => this.#adapter.heardAt?.(), { method: 'heardAt', read }, undefined);
  }
}

function isResult(value: unknown): value is IteratorResult<unknown> {
  return typeof value === 'object' && value !== null && ('value' in value || 'done' in value);
}

class Flood extends Error {}

class Pace {
  readonly #now: () => number;
  #count = 0;
  #began: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#began = now();
  }

  count(): void {
    const now = this.#now();
    if (now - this.#began >= 1_000) {
      this.#began = now;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count > MAX_BURSTS_PER_SECOND)
      throw new Flood(`reported events more than ${String(MAX_BURSTS_PER_SECOND)} times in a second`);
  }
}

/** Reads an iterator that may never answer again once its signal has aborted. */
class Reader {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #forget: () => void;
  #cancel = (): void => undefined;
  #giveUp: ((cause: Error) => void) | undefined;
  #isLate = false;

  constructor(iterator: AsyncIterator<unknown>, clock: Guard['clock'], signal: AbortSignal) {
    this.#iterator = iterator;
    const onAbort = (): void => {
      this.#cancel = clock.after(GRACE_MS, () => {
        this.#isLate = true;
        this.#giveUp?.(new DeafError(GRACE_MS));
      });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#forget = () => {
      signal.removeEventListener('abort', onAbort);
    };
  }

  next(): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      if (this.#isLate) reject(new DeafError(GRACE_MS));
      // An iterator need not return a promise, and may throw.
      else
        new Promise<IteratorResult<unknown>>((settle) => {
          settle(this.#iterator.next());
        }).then(resolve, reject);
    });
  }

  /** Not waited for: an iterator that hangs in `next` cannot be returned from. */
  close(): void {
    this.#forget();
    this.#cancel();
    this.#giveUp = undefined;
    void Promise.resolve()
      .then(() => this.#iterator.return?.())
      .catch(() => undefined);
  }
}
