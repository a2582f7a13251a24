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

/** Collects metrics. A call takes microseconds and never throws for a correctly declared metric. */
export interface MetricsSink extends Partial<Lifecycle> {
  /**
   * Declares metrics. Must be called before their first use; an identical declaration may be repeated.
   * @throws TypeError if a name is declared again in a different way.
   */
  declare(catalogue: readonly MetricDeclaration[]): void;
  /**
   * Forgets metrics and everything that was measured for them, because the plugin that declared them is taken out. Unknown names are
   * ignored. A sink without it goes on showing them.
   */
  withdraw?(names: readonly string[]): void;
  /** Adds `by` (default 1, never negative) to a counter. @throws TypeError for an undeclared name or a wrong label. */
  count(name: string, labels?: MetricLabels, by?: number): void;
  /** Sets a gauge. @throws TypeError for an undeclared name or wrong label. */
  set(name: string, value: number, labels?: MetricLabels): void;
  /** Records one observation of a histogram. @throws TypeError for an undeclared name or wrong label. */
  observe(name: string, value: number, labels?: MetricLabels): void;
  /** All metrics in the text format that a scraper receives. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}
