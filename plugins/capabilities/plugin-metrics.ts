import type { MetricDeclaration, MetricsSink } from '../../ports/index.js';
import type { AnyMetric } from './declarations.js';
import { ShapeError } from '../guard/shapes.js';

const MOST_SERIES = 100;
const LONGEST_LABEL = 100;

/** One metric of a plugin, with a bound on what its labels can make of it. */
export class GuardedMetric {
  readonly declaration: MetricDeclaration;
  readonly #series = new Map<string, Readonly<Record<string, string>>>();

  constructor(plugin: string, name: string, { kind, help, unit, labels = [], buckets }: AnyMetric) {
    const words = ['camera_service_plugin', plugin.replaceAll('-', '_'), name];
    if (unit !== undefined) words.push(unit);
    if (kind === 'counter') words.push('total');
    this.declaration = {
      ...{ name: words.join('_'), kind, help, labels: [...labels] },
      ...(buckets === undefined ? {} : { buckets: [...buckets] }),
    };
  }

  /** @throws ShapeError for a value or labels that are not as declared. */
  record(sink: MetricsSink, value: unknown, given: unknown): void {
    const { name, kind } = this.declaration;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError('was given no number');
    const labels = this.#labels(given ?? {});
    if (kind === 'gauge') sink.set(name, value, labels);
    else if (kind === 'histogram') sink.observe(name, value, labels);
    else if (value < 0) throw new ShapeError('is a counter, which cannot decrease');
    else sink.count(name, labels, value);
  }

  /** The same object for the same labels, which is how a sink is quick. */
  #labels(given: object): Readonly<Record<string, string>> {
    const names = this.declaration.labels;
    const values = names.map((label) => (given as Readonly<Record<string, unknown>>)[label]);
    const areTexts = values.every((each) => typeof each === 'string' && each.length <= LONGEST_LABEL);
    if (!areTexts || Object.keys(given).length !== names.length)
      throw new ShapeError(`needs as labels texts for ${names.join(', ') || 'nothing'}`);
    const key = JSON.stringify(values);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MOST_SERIES)
      throw new ShapeError(`has ${String(MOST_SERIES)} combinations of labels; further ones are dropped`);
    const labels = Object.fromEntries(names.map((label, at) => [label, values[at] as string]));
    this.#series.set(key, labels);
    return labels;
  }
}
