/** A MetricsSink in the format of Prometheus. */
import { Gauge, Registry, type Metric } from 'prom-client';

import type { MetricDeclaration, MetricLabels, MetricsSink } from '../../../ports/metrics-sink.js';
import { checkIncrement, checkMeasure, MetricCatalogue } from '../../_shared/metric-catalogue.js';
import { CounterFamily, HistogramFamily } from './series.js';

export const PROMETHEUS_METRICS_SINK = 'prometheus';

const NO_LABELS: MetricLabels = {};

/** Each sink has a registry of its own, so that two services in one process do not add up. */
export function createPrometheusMetricsSink(): MetricsSink {
  const registry = new Registry();
  const catalogue = new MetricCatalogue();
  const counters = new Map<string, CounterFamily>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, HistogramFamily>();

  /** The registry only asks a metric for its name and its values. */
  const register = (metric: CounterFamily | HistogramFamily): void =>
    registry.registerMetric(metric as unknown as Metric);

  const make = (declaration: MetricDeclaration): void => {
    const { name, kind, help, labels } = declaration;
    if (kind === 'counter') {
      const counter = new CounterFamily(declaration);
      counters.set(name, counter);
      register(counter);
    } else if (kind === 'gauge') {
      gauges.set(name, new Gauge({ name, help, labelNames: [...labels], registers: [registry] }));
    } else {
      const histogram = new HistogramFamily(declaration);
      histograms.set(name, histogram);
      register(histogram);
    }
  };

  return {
    declare(declarations) {
      for (const declaration of catalogue.add(declarations)) make(declaration);
    },
    count(name: string, labels = NO_LABELS, by = 1) {
      const counter = counters.get(name);
      if (counter === undefined) return catalogue.check('counter', name, labels);
      checkIncrement(name, by);
      counter.of(labels, () => catalogue.check('counter', name, labels)).total += by;
    },
    set(name, value, labels) {
      catalogue.check('gauge', name, labels);
      checkMeasure(name, value);
      gauges.get(name)?.set(labels ?? {}, value);
    },
    observe(name, value, labels = NO_LABELS) {
      const histogram = histograms.get(name);
      if (histogram === undefined) return catalogue.check('histogram', name, labels);
      checkMeasure(name, value);
      histogram.observe(
        histogram.of(labels, () => catalogue.check('histogram', name, labels)),
        value,
      );
    },
    async expose() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
