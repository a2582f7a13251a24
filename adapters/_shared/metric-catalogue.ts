/** What every MetricsSink checks: declarations keep their shape, measurements match them. */
import type { MetricDeclaration, MetricKind, MetricLabels } from '../../ports/metrics-sink.js';

const NAME = /^[a-z][a-z0-9_]*$/;
const LABEL = /^[a-z][a-z0-9_]*$/;

export class MetricCatalogue {
  readonly #declared = new Map<string, MetricDeclaration>();

  /** Checks and keeps the declarations; nothing is kept when one is wrong. @returns those that are not known yet. */
  add(catalogue: readonly MetricDeclaration[]): readonly MetricDeclaration[] {
    const fresh = new Map<string, MetricDeclaration>();
    for (const declaration of catalogue) {
      const known = this.#declared.get(declaration.name) ?? fresh.get(declaration.name);
      if (known === undefined) fresh.set(declaration.name, checkDeclaration(declaration));
      else if (shapeOf(known) !== shapeOf(declaration))
        throw new TypeError(`metric ${declaration.name} is already declared differently`);
    }
    for (const [name, declaration] of fresh) this.#declared.set(name, declaration);
    return [...fresh.values()];
  }

  /** Forgets declarations. */
  remove(names: readonly string[]): void {
    for (const name of names) this.#declared.delete(name);
  }

  /** @throws TypeError when the measurement does not fit a declaration. */
  check(kind: MetricKind, name: string, labels: MetricLabels | undefined): void {
    const declaration = this.#declared.get(name);
    if (declaration === undefined) throw new TypeError(`metric ${name} is not declared`);
    if (declaration.kind !== kind)
      throw new TypeError(`metric ${name} is a ${declaration.kind}, not a ${kind}`);
    let given = 0;
    for (const label in labels) {
      if (!declaration.labels.includes(label)) throw new TypeError(`metric ${name} has no label ${label}`);
      if (typeof labels[label] !== 'string')
        throw new TypeError(`label ${label} of metric ${name} is not text`);
      given++;
    }
    if (given !== declaration.labels.length)
      throw new TypeError(`metric ${name} needs the labels ${declaration.labels.join(', ')}`);
  }
}

/** @throws TypeError for a value that cannot be measured, such as NaN. */
export function checkMeasure(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new TypeError(`${name} cannot take ${value}`);
}

/** @throws TypeError when a counter would go back. */
export function checkIncrement(name: string, by: number): void {
  checkMeasure(name, by);
  if (by < 0) throw new TypeError(`counter ${name} cannot decrease`);
}

function checkDeclaration(declaration: MetricDeclaration): MetricDeclaration {
  const { name, kind, labels, buckets } = declaration;
  if (!NAME.test(name)) throw new TypeError(`${name} is not a valid metric name`);
  if (labels.some((label) => !LABEL.test(label)) || new Set(labels).size !== labels.length)
    throw new TypeError(`metric ${name} has wrong labels`);
  if (kind === 'histogram' && !isAscending(buckets))
    throw new TypeError(`metric ${name} needs ascending buckets`);
  return declaration;
}

function isAscending(buckets: readonly number[] | undefined): boolean {
  if (buckets === undefined || buckets.length === 0) return false;
  return buckets.every(
    (bound, at) => Number.isFinite(bound) && (at === 0 || bound > (buckets[at - 1] ?? bound)),
  );
}

function shapeOf({ kind, help, labels, buckets }: MetricDeclaration): string {
  return JSON.stringify([kind, help, [...labels].sort(), buckets ?? []]);
}
