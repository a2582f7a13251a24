import { createMemoryMetricsSink } from '../../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import type { MetricsSink } from '../../../ports/metrics-sink.js';
import type { MetricsSinkWorld } from '../metrics-sink.contract.js';
import type { Broken } from './expect-caught.js';

const shared = createMemoryMetricsSink();

export const brokenMetricsSinks: readonly Broken<MetricsSinkWorld>[] = [
  broken('counts', (sink) => ({ count: (name, labels) => sink.count(name, labels, 1) })),
  broken('gauges', (sink) => ({ set: (name, value, labels) => sink.set(name, Math.abs(value), labels) })),
  broken('histograms', (sink) => ({
    observe: (name, value, labels) => value < 1 && sink.observe(name, value, labels),
  })),
  broken('text-format', () => ({ expose: async () => ({ contentType: 'application/json', text: '{}' }) })),
  broken('text-lines', (sink) => ({
    expose: async () => ({
      contentType: 'text/plain',
      text: (await sink.expose()).text.replaceAll('",', '"'),
    }),
  })),
  broken('help-escapes', (sink) => ({
    declare: (catalogue) =>
      sink.declare(catalogue.map((one) => ({ ...one, help: one.help.replace('\n', ' ') }))),
  })),
  broken('escapes', (sink) => ({
    expose: async () => ({
      contentType: 'text/plain',
      text: (await sink.expose()).text.replaceAll('\\', ''),
    }),
  })),
  broken('declare-again', (sink) => {
    let declared = false;
    return {
      declare: (catalogue) => {
        if (declared) throw new TypeError('again');
        declared = true;
        sink.declare(catalogue);
      },
    };
  }),
  broken('declare-shape', (sink) => {
    let declared = false;
    return { declare: (catalogue) => void (declared || (sink.declare(catalogue), (declared = true))) };
  }),
  broken('withdraw', () => ({ withdraw: () => undefined })),
  broken('strict', (sink) => ({
    count: (name, labels) => name.includes('unknown') || sink.count(name, labels),
  })),
  broken('never-back', (sink) => ({
    count: (name, labels, by = 1) => sink.count(name, labels, Math.max(0, by)),
  })),
  { rule: 'isolated', world: { create: () => shared } },
];

function broken(rule: string, spoil: (sink: MetricsSink) => Partial<MetricsSink>): Broken<MetricsSinkWorld> {
  return {
    rule,
    world: {
      create: () => {
        const sink = createMemoryMetricsSink();
        return { ...sink, ...spoil(sink) };
      },
    },
  };
}
