import type { Row } from './table.js';

export interface BenchOptions {
  /** A smoke run: everything is tried, nothing is measured well. */
  readonly quick: boolean;
}

export interface Bench {
  readonly name: string;
  run(options: BenchOptions): Promise<readonly Row[]>;
}
