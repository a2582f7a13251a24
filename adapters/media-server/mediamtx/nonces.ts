/** Passes for our own publishers: random, bound to a path, good once and for a short time. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../ports/clock.js';

interface Pass {
  readonly path: string;
  readonly endsAt: number;
}

const LIFE_MS = 30_000;
/** More than any machine's cameras ask for within half a minute. */
const MAX_PASSES = 2_000;

export class NonceBook {
  readonly #passes = new Map<string, Pass>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  issue(path: string): string {
    const now = this.clock.monotonicMs();
    for (const [nonce, pass] of this.#passes) {
      if (pass.endsAt <= now || this.#passes.size >= MAX_PASSES) this.#passes.delete(nonce);
    }
    const nonce = randomBytes(18).toString('base64url');
    this.#passes.set(nonce, { path, endsAt: now + LIFE_MS });
    return nonce;
  }

  /** Whether a pass would be good, without using it. */
  knows(path: string, nonce: string): boolean {
    const pass = this.#passes.get(nonce);
    return pass?.path === path && pass.endsAt > this.clock.monotonicMs();
  }

  /** A pass is spent by its use, so that what a process list shows is worthless. */
  redeem(path: string, nonce: string): boolean {
    const isGood = this.knows(path, nonce);
    if (isGood) this.#passes.delete(nonce);
    return isGood;
  }
}
