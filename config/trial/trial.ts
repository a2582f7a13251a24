import type { Bench } from './bench.js';

/** Something that is done to a fresh adapter. */
export interface Trial {
  readonly what: string;
  /** @throws Failed, NotApplicable. */
  run(bench: Bench): Promise<void>;
}
