/** A MetricsSink in the format of Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { MetricDeclaration, MetricLabels, MetricsSink } from '../../../ports/metrics-sink.js';
import { checkIncrement, checkMeasure, MetricCatalogue } from '../../_shared/metric-catalogue.js';

export const PROMETHEUS_METRICS_SINK = 'prometheus';

/** Each sink has a registry of its own, so that two services in one process do not add up. */
export function createPrometheusMetricsSink(): MetricsSink {
  const registry = new Registry();
  const catalogue = new MetricCatalogue();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();

  const make = ({ name, kind, help, labels, buckets }: MetricDeclaration): void => {
    const common = { name, help, labelNames: [...labels], registers: [registry] };
    if (kind === 'counter') counters.set(name, new Counter(common));
    else if (kind === 'gauge') gauges.set(name, new Gauge(common));
    else histograms.set(name, new Histogram({ ...common, buckets: [...(buckets ?? [])] }));
  };

  return {
    declare(declarations) {
      for (const declaration of catalogue.add(declarations)) make(declaration);
    },
    count(name: string, labels?: MetricLabels, by = 1) {
      catalogue.check('counter', name, labels);
      checkIncrement(name, by);
      counters.get(name)?.inc(labels ?? {}, by);
    },
    set(name, value, labels) {
      catalogue.check('gauge', name, labels);
      checkMeasure(name, value);
      gauges.get(name)?.set(labels ?? {}, value);
    },
    observe(name, value, labels) {
      catalogue.check('histogram', name, labels);
      checkMeasure(name, value);
      histograms.get(name)?.observe(labels ?? {}, value);
    },
    async expose() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
