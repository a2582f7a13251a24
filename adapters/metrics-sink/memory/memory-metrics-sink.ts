/** A MetricsSink that keeps plain numbers, for tests. Its text is the same format that a scraper reads. */
import type { MetricDeclaration, MetricLabels, MetricsSink } from '../../../ports/metrics-sink.js';
import { checkIncrement, checkMeasure, MetricCatalogue } from '../../_shared/metric-catalogue.js';

export const MEMORY_METRICS_SINK = 'memory';

export interface MemoryMetricsSink extends MetricsSink {
  /** The value of a counter or gauge, or the number of observations; `undefined` when nothing was measured. */
  value(name: string, labels?: MetricLabels): number | undefined;
  /** Observations of a histogram added up. */
  sum(name: string, labels?: MetricLabels): number | undefined;
}

interface Series {
  readonly labels: MetricLabels;
  value: number;
  sum: number;
  readonly buckets: number[];
}

export function createMemoryMetricsSink(): MemoryMetricsSink {
  const book = new Book();
  const { catalogue } = book;
  return {
    declare: (declarations) => {
      book.declare(declarations);
    },
    withdraw: (names) => {
      book.withdraw(names);
    },
    count(name, labels, by = 1) {
      catalogue.check('counter', name, labels);
      checkIncrement(name, by);
      book.take(name, labels).value += by;
    },
    set(name, value, labels) {
      catalogue.check('gauge', name, labels);
      checkMeasure(name, value);
      book.take(name, labels).value = value;
    },
    observe(name, value, labels) {
      catalogue.check('histogram', name, labels);
      checkMeasure(name, value);
      book.observe(name, value, labels);
    },
    expose: async () => ({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      text: [...book.metrics.values()]
        .map(({ declaration, series }) => textOf(declaration, [...series.values()]))
        .join('\n'),
    }),
    value: (name, labels) => book.find(name, labels)?.value,
    sum: (name, labels) => book.find(name, labels)?.sum,
  };
}

/** The numbers themselves, by metric and labels. */
class Book {
  readonly catalogue = new MetricCatalogue();
  readonly metrics = new Map<string, { declaration: MetricDeclaration; series: Map<string, Series> }>();

  declare(declarations: readonly MetricDeclaration[]): void {
    for (const declaration of this.catalogue.add(declarations))
      this.metrics.set(declaration.name, { declaration, series: new Map() });
  }

  withdraw(names: readonly string[]): void {
    this.catalogue.remove(names);
    for (const name of names) this.metrics.delete(name);
  }

  find(name: string, labels: MetricLabels = {}): Series | undefined {
    return this.metrics.get(name)?.series.get(keyOf(labels));
  }

  take(name: string, labels: MetricLabels = {}): Series {
    const metric = this.metrics.get(name);
    if (metric === undefined) throw new TypeError(`metric ${name} is not declared`);
    const key = keyOf(labels);
    const found = metric.series.get(key);
    if (found !== undefined) return found;
    const buckets = (metric.declaration.buckets ?? []).map(() => 0);
    const fresh = { labels: { ...labels }, value: 0, sum: 0, buckets };
    metric.series.set(key, fresh);
    return fresh;
  }

  observe(name: string, value: number, labels: MetricLabels | undefined): void {
    const series = this.take(name, labels);
    series.value += 1;
    series.sum += value;
    this.metrics.get(name)?.declaration.buckets?.forEach((bound, at) => {
      if (value <= bound) series.buckets[at] = (series.buckets[at] ?? 0) + 1;
    });
  }
}

function keyOf(labels: MetricLabels): string {
  const names = Object.keys(labels);
  return names.length === 0 ? '' : JSON.stringify(names.sort().map((name) => [name, labels[name]]));
}

function textOf({ name, kind, help, buckets }: MetricDeclaration, series: readonly Series[]): string {
  const lines = [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${kind}`,
  ];
  for (const one of series) {
    if (kind !== 'histogram') {
      lines.push(`${name}${labelText(one.labels)} ${one.value}`);
      continue;
    }
    buckets?.forEach((bound, at) =>
      lines.push(`${name}_bucket${labelText({ ...one.labels, le: String(bound) })} ${one.buckets[at] ?? 0}`),
    );
    lines.push(`${name}_bucket${labelText({ ...one.labels, le: '+Inf' })} ${one.value}`);
    lines.push(
      `${name}_sum${labelText(one.labels)} ${one.sum}`,
      `${name}_count${labelText(one.labels)} ${one.value}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function labelText(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) =>
      `${label}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
