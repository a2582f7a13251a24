/** Passes for our own publishers and readers: random, bound to a path and a purpose, short-lived. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../ports/clock.js';

export type Purpose = 'publish' | 'read';

interface Pass {
  readonly purpose: Purpose;
  readonly path: string;
  readonly endsAt: number;
}

const LIFE_MS: Readonly<Record<Purpose, number>> = { publish: 30_000, read: 10_000 };
/** More than any machine's cameras ask for within half a minute. */
const MAX_PASSES = 2_000;

export class NonceBook {
  readonly #passes = new Map<string, Pass>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  issue(purpose: Purpose, path: string): string {
    const now = this.clock.monotonicMs();
    for (const [nonce, pass] of this.#passes) {
      if (pass.endsAt <= now || this.#passes.size >= MAX_PASSES) this.#passes.delete(nonce);
    }
    const nonce = randomBytes(18).toString('base64url');
    this.#passes.set(nonce, { purpose, path, endsAt: now + LIFE_MS[purpose] });
    return nonce;
  }

  /** Whether a pass would be good, without using it. */
  knows(purpose: Purpose, path: string, nonce: string): boolean {
    const pass = this.#passes.get(nonce);
    return pass?.purpose === purpose && pass.path === path && pass.endsAt > this.clock.monotonicMs();
  }

  /** A pass to publish is spent by its use, so that what a process list shows is worthless. */
  redeem(purpose: Purpose, path: string, nonce: string): boolean {
    const isGood = this.knows(purpose, path, nonce);
    if (isGood && purpose === 'publish') this.#passes.delete(nonce);
    return isGood;
  }
}
