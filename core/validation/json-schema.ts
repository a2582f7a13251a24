/** Checks values against declarations in plain JSON Schema, which adapters and sections of the configuration make. */
import { Type, type TSchema } from '@sinclair/typebox';
import { Errors, ValueErrorType } from '@sinclair/typebox/errors';
import type { OptionSchema } from '../../ports/index.js';
import { compile, type Validator } from './schema.js';

export type ValuePath = readonly (string | number)[];

/** What is wrong with a part of a value. The value itself is not in it: it may be a secret. */
export interface ValueFault {
  readonly path: ValuePath;
  readonly kind: 'unknown' | 'missing' | 'type' | 'value' | 'twice';
  /** Of the part; for an unknown field, of the object that has it. */
  readonly schema: OptionSchema;
  /** What was found, such as `a list`. */
  readonly found: string;
}

const MAX_FAULTS = 50;
const compiled = new WeakMap<OptionSchema, TSchema>();

/** Everything that is wrong with a value, one fault for each place, and at most fifty. */
export function faultsIn(schema: OptionSchema, value: unknown): readonly ValueFault[] {
  const faults = new Map<string, ValueFault>();
  for (const { path, type, value: found } of Errors(toTypeBox(schema), [], value)) {
    if (faults.has(path)) continue;
    const place = placeOf(path, value);
    faults.set(path, { ...judge(schema, { place, type, found }), path: place, found: kindName(found) });
    if (faults.size >= MAX_FAULTS) break;
  }
  const all = [...faults];
  // What an object lacks as a whole is not worth a word while one of its fields is wrong.
  const told = all.filter(
    ([path, { kind }]) => kind !== 'value' || !all.some(([inner]) => inner.startsWith(`${path}/`)),
  );
  return [...told.map(([, fault]) => fault), ...repetitions(schema, value, [])];
}

/** The same check for values that come often: compiled, and with the first fault only. */
export function compileOptions(schema: OptionSchema): Validator {
  return compile(toTypeBox(schema));
}

/** The kind of a value in words. */
export function kindName(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

/** The schema of a part of the values that a schema admits. */
export function schemaAt(schema: OptionSchema, path: ValuePath): OptionSchema | undefined {
  let at: OptionSchema | undefined = schema;
  for (const step of path) {
    const field: OptionSchema | undefined =
      typeof step === 'string' && at?.properties && Object.hasOwn(at.properties, step)
        ? at.properties[step]
        : undefined;
    at = typeof step === 'number' ? at?.items : field;
  }
  return at;
}

interface Found {
  readonly place: ValuePath;
  readonly type: ValueErrorType;
  readonly found: unknown;
}

function judge(schema: OptionSchema, { place, type, found }: Found): Pick<ValueFault, 'kind' | 'schema'> {
  const own = schemaAt(schema, place);
  if (own === undefined || type === ValueErrorType.ObjectAdditionalProperties)
    return { kind: 'unknown', schema: schemaAt(schema, place.slice(0, -1)) ?? schema };
  if (type === ValueErrorType.ObjectRequiredProperty) return { kind: 'missing', schema: own };
  const isOfType = own.enum === undefined ? !isTypeError(type) : typeof found === 'string';
  return { kind: isOfType ? 'value' : 'type', schema: own };
}

function isTypeError(type: ValueErrorType): boolean {
  return [
    ...[ValueErrorType.String, ValueErrorType.Number, ValueErrorType.Integer, ValueErrorType.Boolean],
    ...[ValueErrorType.Array, ValueErrorType.Object],
  ].includes(type);
}

/** A JSON pointer, with numbers where the value has a list. */
function placeOf(pointer: string, value: unknown): ValuePath {
  let at = value;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(at) ? Number(name) : name;
      at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[step];
      return step;
    });
}

function toTypeBox(schema: OptionSchema): TSchema {
  let made = compiled.get(schema);
  if (made === undefined) compiled.set(schema, (made = convert(schema)));
  return made;
}

function convert(schema: OptionSchema): TSchema {
  const { type, enum: values, items, properties = {}, required = [], minProperties } = schema;
  const { minimum, maximum, minLength, maxLength, pattern, minItems, maxItems } = schema;
  switch (type) {
    case 'string':
      if (values !== undefined) return Type.Union(values.map((value) => Type.Literal(value)));
      return Type.String(given({ minLength, maxLength, pattern }));
    case 'integer':
      return Type.Integer(given({ minimum, maximum }));
    case 'number':
      return Type.Number(given({ minimum, maximum }));
    case 'boolean':
      return Type.Boolean();
    case 'array':
      return Type.Array(items === undefined ? Type.Unknown() : convert(items), given({ minItems, maxItems }));
    case 'object': {
      const fields = Object.entries(properties).map(([name, field]): [string, TSchema] => [
        name,
        required.includes(name) ? convert(field) : Type.Optional(convert(field)),
      ]);
      const rules = given({ minProperties });
      return Type.Object(Object.fromEntries(fields), { additionalProperties: false, ...rules });
    }
  }
}

function given(rules: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined));
}

/** Items of lists that are there already, where the schema does not allow it. */
function repetitions(schema: OptionSchema, value: unknown, path: ValuePath): ValueFault[] {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, part]: [string, unknown]) => {
      const field = schemaAt(schema, [name]);
      return field === undefined ? [] : repetitions(field, part, [...path, name]);
    });
  }
  const { items, uniqueItems, 'x-unique': field } = schema;
  const seen = new Set<string>();
  return (value as readonly unknown[]).flatMap((item, index) => {
    const place = field === undefined ? [...path, index] : [...path, index, field];
    const key = field === undefined ? item : (item as Readonly<Record<string, unknown>> | null)?.[field];
    const inner = items === undefined ? [] : repetitions(items, item, [...path, index]);
    if (key === undefined || key === null || (field === undefined && uniqueItems !== true)) return inner;
    if (typeof key === 'object' && items?.type !== 'object') return inner;
    const text = JSON.stringify(key);
    if (!seen.has(text)) {
      seen.add(text);
      return inner;
    }
    const twice: ValueFault = { path: place, kind: 'twice', schema, found: kindName(key) };
    return [twice, ...inner];
  });
}
