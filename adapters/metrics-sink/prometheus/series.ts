/**
 * Counters and histograms that measure in well under a microsecond: those who measure often pass the same labels object each time,
 * so it is looked up by what it is, and only a new one by what it says. The registry of prom-client writes them out.
 */
import type { MetricDeclaration, MetricLabels } from '../../../ports/metrics-sink.js';

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** Keeps one thing per set of labels. */
class Family<S> {
  readonly name: string;
  readonly help: string;
  protected readonly series = new Map<string, { readonly labels: MetricLabels; readonly state: S }>();
  readonly #byObject = new WeakMap<MetricLabels, S>();
  readonly #labelNames: readonly string[];
  readonly #make: () => S;

  constructor({ name, help, labels }: MetricDeclaration, make: () => S) {
    this.name = name;
    this.help = help;
    this.#labelNames = labels;
    this.#make = make;
    // Without labels there is one series, and it is there from the beginning.
    if (labels.length === 0) this.#add('', {});
  }

  /** @param check is called for labels that were not seen before. */
  of(labels: MetricLabels, check: () => void): S {
    let state = this.#byObject.get(labels);
    if (state === undefined) {
      check();
      const key = this.#labelNames.map((name) => JSON.stringify(labels[name])).join();
      state = this.series.get(key)?.state ?? this.#add(key, { ...labels });
      this.#byObject.set(labels, state);
    }
    return state;
  }

  #add(key: string, labels: MetricLabels): S {
    const state = this.#make();
    this.series.set(key, { labels, state });
    return state;
  }
}

export class CounterFamily extends Family<{ total: number }> {
  readonly type = 'counter';

  constructor(declaration: MetricDeclaration) {
    super(declaration, () => ({ total: 0 }));
  }

  get(): Promise<object> {
    const values = [...this.series.values()].map(({ labels, state }): Value => ({
      value: state.total,
      labels,
    }));
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, values });
  }
}

interface Distribution {
  sum: number;
  count: number;
  /** How many fell between each bound and the one before it. */
  readonly inBucket: number[];
}

export class HistogramFamily extends Family<Distribution> {
  readonly type = 'histogram';
  readonly #bounds: readonly number[];

  constructor(declaration: MetricDeclaration) {
    const bounds = declaration.buckets ?? [];
    super(declaration, () => ({ sum: 0, count: 0, inBucket: bounds.map(() => 0) }));
    this.#bounds = bounds;
  }

  observe(distribution: Distribution, value: number): void {
    distribution.sum += value;
    distribution.count += 1;
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) distribution.inBucket[at] = (distribution.inBucket[at] ?? 0) + 1;
  }

  get(): Promise<object> {
    const values = [...this.series.values()].flatMap(({ labels, state }) => this.#values(labels, state));
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, values });
  }

  #values(labels: MetricLabels, { sum, count, inBucket }: Distribution): Value[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, at): Value => {
      below += inBucket[at] ?? 0;
      return { value: below, labels: { le: bound, ...labels }, metricName: `${this.name}_bucket` };
    });
    return [
      ...buckets,
      { value: count, labels: { le: '+Inf', ...labels }, metricName: `${this.name}_bucket` },
      { value: sum, labels, metricName: `${this.name}_sum` },
      { value: count, labels, metricName: `${this.name}_count` },
    ];
  }
}
