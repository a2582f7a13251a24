import type { Clock } from '../../ports/clock.js';
import { addressGroup, addressRealm } from '../../ports/address-group.js';
import { BoundedMap } from './bounded-map.js';

export interface LoginThrottleOptions {
  /** Failures that cost nothing: people mistype. */
  readonly freeFailures?: number;
  /** The first pause; each further failure doubles it. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** How many addresses, and how many credentials, are remembered. */
  readonly remembered?: number;
  /** Failures within a second, from all addresses together, before every further one is answered late. */
  readonly failuresPerSecond?: number;
}

/** What a failed login costs. */
export interface Penalty {
  /** Milliseconds until another failure will be looked at; 0 while failures are free. */
  readonly pauseMs: number;
  /** How long the answer is to be kept back. */
  readonly delayMs: number;
}

interface Failures {
  count: number;
  /** On the monotonic clock. */
  until: number;
}

/** Long enough to make guessing slow, short enough for a person who mistyped. */
const DELAY_MS = 500;
/** How many times the limits of one address all clients of a transport have together whose clients have no IP addresses. */
export const REALM_SHARE = 10;

/**
 * Makes guessing slow without a look at good credentials: only failures are counted, and only failures pay. The same wrong
 * credential again is a client that was forgotten: it slows itself down and nobody else at its address. Different ones
 * from one address are guesses, and slow down all failures of that address.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #options: Required<LoginThrottleOptions>;
  /** By credential and address. */
  readonly #repeated: BoundedMap<Failures>;
  /** By address. */
  readonly #guesses: BoundedMap<Failures>;
  /** By transport, of clients that have no IP addresses. */
  readonly #guessesOfRealm: BoundedMap<Failures>;
  #second = 0;
  #failuresInSecond = 0;

  constructor(clock: Clock, options: LoginThrottleOptions = {}) {
    this.#clock = clock;
    const defaults = { freeFailures: 5, firstPauseMs: 1000, longestPauseMs: 60_000 };
    this.#options = { ...defaults, remembered: 10_000, failuresPerSecond: 50, ...options };
    this.#repeated = new BoundedMap(this.#options.remembered);
    this.#guesses = new BoundedMap(this.#options.remembered);
    this.#guessesOfRealm = new BoundedMap(this.#options.remembered);
  }

  /** Counts a failure. A failure within a pause is not counted. @param digest tells credentials apart. */
  failed(digest: string, address: string): Penalty {
    const group = addressGroup(address);
    const key = `${digest} ${group}`;
    const before = this.#repeated.get(key);
    const guesses = this.#guesses.get(group);
    const realm = addressRealm(address);
    const together = realm === undefined ? undefined : this.#guessesOfRealm.get(realm);
    const now = this.#clock.monotonicMs();
    const pauseMs = Math.max(this.#left(before, now), this.#left(guesses, now), this.#left(together, now));
    const isBusy = this.#countInSecond(now);
    if (pauseMs > 0) return { pauseMs, delayMs: Math.min(pauseMs, DELAY_MS) };
    this.#repeated.set(key, this.#next(before, now));
    if (before === undefined) {
      this.#guesses.set(group, this.#next(guesses, now));
      if (realm !== undefined) this.#guessesOfRealm.set(realm, this.#next(together, now, REALM_SHARE));
    }
    return { pauseMs: 0, delayMs: isBusy ? DELAY_MS : 0 };
  }

  #left(failures: Failures | undefined, now: number): number {
    return failures === undefined ? 0 : Math.max(0, failures.until - now);
  }

  /** Failures long ago are forgotten. */
  #next(failures: Failures | undefined, now: number, share = 1): Failures {
    const { freeFailures, firstPauseMs, longestPauseMs } = this.#options;
    const isOld = failures !== undefined && now - failures.until > longestPauseMs;
    const count = (isOld ? 0 : (failures?.count ?? 0)) + 1;
    const beyond = count - freeFailures * share;
    const pauseMs = beyond > 0 ? Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(beyond - 1, 30)) : 0;
    return { count, until: now + pauseMs };
  }

  #countInSecond(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#failuresInSecond = 0;
    this.#second = second;
    this.#failuresInSecond += 1;
    return this.#failuresInSecond > this.#options.failuresPerSecond;
  }
}
