import { createMemoryMetricsSink } from '../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import { metricsSinkContract } from './metrics-sink.contract.js';

metricsSinkContract('metrics-sink/memory', { create: createMemoryMetricsSink });
