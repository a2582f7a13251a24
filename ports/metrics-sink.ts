import type { Lifecycle } from './lifecycle.js';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** One metric of the catalogue. Names are `camera_service_<noun>_<unit>`. */
export interface MetricDeclaration {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of the buckets of a histogram, ascending, in the metric's unit. */
  readonly buckets?: readonly number[];
}

export type MetricLabels = Readonly<Record<string, string>>;

/** Collects metrics. A call costs microseconds and never throws in production for a declared metric. */
export interface MetricsSink extends Partial<Lifecycle> {
  /**
   * Makes metrics known. Must come before their first use; repeating an identical declaration is allowed.
   * @throws TypeError when a name is declared again in another shape.
   */
  declare(catalogue: readonly MetricDeclaration[]): void;
  /** Adds `by` (default 1, never negative) to a counter. @throws TypeError for an undeclared name or wrong label. */
  count(name: string, labels?: MetricLabels, by?: number): void;
  /** Sets a gauge. @throws TypeError for an undeclared name or wrong label. */
  set(name: string, value: number, labels?: MetricLabels): void;
  /** Records one observation of a histogram. @throws TypeError for an undeclared name or wrong label. */
  observe(name: string, value: number, labels?: MetricLabels): void;
  /** Everything measured so far, as the text that a scraper gets. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}
