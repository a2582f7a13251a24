/** Measurements in memory. */
import { createMemoryMetricsSink } from '../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'metrics-sink-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('MetricsSink', 'memory', {
      create: () => createMemoryMetricsSink(),
    });
  },
});
