/** A MetricsSink in the format of Prometheus. */
import { Gauge, Registry, type Metric } from 'prom-client';

import type { MetricDeclaration, MetricLabels, MetricsSink } from '../../../ports/metrics-sink.js';
import { checkIncrement, checkMeasure, MetricCatalogue } from '../../_shared/metric-catalogue.js';
import { CounterFamily, HistogramFamily } from './series.js';

export const PROMETHEUS_METRICS_SINK = 'prometheus';

const NO_LABELS: MetricLabels = {};

/** Each sink has a registry of its own, so that two services in one process do not add up. */
export function createPrometheusMetricsSink(): MetricsSink {
  return new PrometheusMetricsSink();
}

class PrometheusMetricsSink implements MetricsSink {
  readonly #registry = new Registry();
  readonly #catalogue = new MetricCatalogue();
  readonly #counters = new Map<string, CounterFamily>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, HistogramFamily>();

  declare(declarations: readonly MetricDeclaration[]): void {
    for (const declaration of this.#catalogue.add(declarations)) this.#make(declaration);
  }

  withdraw(names: readonly string[]): void {
    this.#catalogue.remove(names);
    for (const name of names) {
      for (const family of [this.#counters, this.#gauges, this.#histograms]) family.delete(name);
      this.#registry.removeSingleMetric(name);
    }
  }

  count(name: string, labels = NO_LABELS, by = 1): void {
    const counter = this.#counters.get(name);
    if (counter === undefined) return this.#catalogue.check('counter', name, labels);
    checkIncrement(name, by);
    counter.of(labels, () => this.#catalogue.check('counter', name, labels)).total += by;
  }

  set(name: string, value: number, labels = NO_LABELS): void {
    this.#catalogue.check('gauge', name, labels);
    checkMeasure(name, value);
    this.#gauges.get(name)?.set(labels, value);
  }

  observe(name: string, value: number, labels = NO_LABELS): void {
    const histogram = this.#histograms.get(name);
    if (histogram === undefined) return this.#catalogue.check('histogram', name, labels);
    checkMeasure(name, value);
    const distribution = histogram.of(labels, () => this.#catalogue.check('histogram', name, labels));
    histogram.observe(distribution, value);
  }

  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #make(declaration: MetricDeclaration): void {
    const { name, kind, help, labels } = declaration;
    if (kind === 'gauge') {
      this.#gauges.set(name, new Gauge({ name, help, labelNames: [...labels], registers: [this.#registry] }));
      return;
    }
    const family = kind === 'counter' ? new CounterFamily(declaration) : new HistogramFamily(declaration);
    if (family.type === 'counter') this.#counters.set(name, family);
    else this.#histograms.set(name, family);
    // The registry only asks a metric for its name and its values.
    this.#registry.registerMetric(family as unknown as Metric);
  }
}
