/** Whether something is a schema of options at all. What a plugin's manifest says may be anything. */
import type { ValuePath } from '../../core/validation/json-schema.js';

export interface SchemaFault {
  readonly path: ValuePath;
  readonly rule: string;
}

/** An option may be a list of objects with lists in them. */
const DEEPEST = 8;
const KINDS = ['string', 'integer', 'number', 'boolean', 'array', 'object'];

type Rule = readonly [test: (value: unknown) => boolean, rule: string];

const text: Rule = [(value) => typeof value === 'string', 'must be text'];
const number: Rule = [(value) => typeof value === 'number' && Number.isFinite(value), 'must be a number'];
const count: Rule = [
  (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
  'must be a whole number, 0 or more',
];
const flag: Rule = [(value) => typeof value === 'boolean', 'must be true or false'];
const texts: Rule = [(value) => isTexts(value) && value.length > 0, 'must be a non-empty list of strings'];

const RULES: Readonly<Record<string, Rule>> = {
  type: [(value) => KINDS.includes(value as string), `must be one of ${KINDS.join(', ')}`],
  title: text,
  description: text,
  default: [() => true, ''],
  enum: texts,
  minimum: number,
  maximum: number,
  minLength: count,
  maxLength: count,
  pattern: [isPattern, 'must be a regular expression'],
  format: [(value) => value === 'path' || value === 'port', 'must be path or port'],
  items: [isObject, 'must be a schema'],
  minItems: count,
  maxItems: count,
  uniqueItems: flag,
  properties: [isObject, 'must be an object of schemas'],
  required: [isTexts, 'must be a list of names'],
  minProperties: count,
  additionalProperties: [(value) => value === false, 'must be false'],
  writeOnly: flag,
  'x-unit': text,
  'x-env': [(value) => /^[A-Z][A-Z0-9_]{0,99}$/.test(String(value)), 'must be the name of a variable'],
  'x-rule': text,
  'x-unique': text,
  $schema: text,
  $id: text,
};

export const KEYWORDS: readonly string[] = Object.keys(RULES);

/** The first thing that keeps a value from being a schema of options. */
export function schemaFault(schema: unknown, path: ValuePath = []): SchemaFault | undefined {
  if (!isObject(schema)) return { path, rule: 'must be a schema' };
  if (path.length > 2 * DEEPEST) return { path, rule: 'is nested too deeply' };
  if (!Object.hasOwn(schema, 'type')) return { path, rule: 'needs a type' };
  for (const [keyword, value] of Object.entries(schema)) {
    const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined;
    if (rule === undefined)
      return { path, rule: `the keyword "${keyword.slice(0, 40)}" is not supported in a schema of options` };
    if (!rule[0](value)) return { path: [...path, keyword], rule: rule[1] };
  }
  return faultInside(schema, path);
}

function faultInside(schema: Readonly<Record<string, unknown>>, path: ValuePath): SchemaFault | undefined {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, unknown>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const absent = required.find((name) => !Object.hasOwn(properties, name));
  if (absent !== undefined)
    return { path: [...path, 'required'], rule: `names "${absent.slice(0, 40)}", which is not a property` };
  if (schema['items'] !== undefined) {
    const fault = schemaFault(schema['items'], [...path, 'items']);
    if (fault) return fault;
  }
  for (const [name, each] of Object.entries(properties)) {
    const fault = schemaFault(each, [...path, 'properties', name]);
    if (fault) return fault;
  }
  return undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(value).source !== '';
  } catch {
    return false;
  }
}
