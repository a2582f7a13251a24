import { metricsSinkContract, type MetricsSinkWorld } from '../metrics-sink.contract.js';
import { brokenMetricsSinks } from './metrics-sink.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of MetricsSink', () => {
  for (const broken of brokenMetricsSinks)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<MetricsSinkWorld>((world) => metricsSinkContract('broken', world), broken));
});
