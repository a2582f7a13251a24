import { createPrometheusMetricsSink } from '../../adapters/metrics-sink/prometheus/prometheus-metrics-sink.js';
import { metricsSinkContract } from './metrics-sink.contract.js';

metricsSinkContract('metrics-sink/prometheus', { create: createPrometheusMetricsSink });
