/** Measurements as text for Prometheus. */
import { createPrometheusMetricsSink } from '../../adapters/metrics-sink/prometheus/prometheus-metrics-sink.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'metrics-sink-prometheus',
  apiVersion: 1,
  setup(context) {
    context.provide('MetricsSink', 'prometheus', {
      create: () => createPrometheusMetricsSink(),
    });
  },
});
