/** Values of options that keep to their schema: for those that are required and not set, and at the bounds of each. */
import { join } from 'node:path';
import type { OptionSchema } from '../../ports/index.js';
import { faultsIn } from '../../core/validation/json-schema.js';

const LONG = 4096;
const BIG = 2_147_483_647;

/** Something for a required option. @returns `undefined` when nothing can be made up, as with a pattern. */
export function sampleOf(name: string, schema: OptionSchema, folder: string): unknown {
  const { format, minimum = 0, minLength = 1, minItems = 0 } = schema;
  const items = schema.items;
  const tried: unknown[] = [
    ...(schema.enum ?? []),
    ...(format === 'path' ? [join(folder, name)] : []),
    // Enough for a secret, and not too much for a name.
    ...(schema.type === 'string' ? ['x'.repeat(Math.max(minLength, 32)), 'x'.repeat(minLength)] : []),
    ...(schema.type === 'integer' || schema.type === 'number'
      ? [Math.max(minimum, format === 'port' ? 0 : 1), minimum]
      : []),
    ...(schema.type === 'boolean' ? [false] : []),
    ...(schema.type === 'array' && items !== undefined
      ? [Array.from({ length: minItems }, () => sampleOf(name, items, folder))]
      : []),
  ];
  return tried.find((value) => isAllowed(schema, value));
}

/** The values at the edges of what an option allows. */
export function boundsOf(schema: OptionSchema): readonly unknown[] {
  const { type, minimum, maximum, minLength = 0, maxLength = LONG } = schema;
  const tried: unknown[] = [
    ...(schema.enum ?? []),
    ...(type === 'boolean' ? [false, true] : []),
    ...(type === 'integer' || type === 'number' ? [minimum ?? 0, maximum ?? BIG] : []),
    ...(type === 'string' && schema.enum === undefined ? ['x'.repeat(minLength), 'x'.repeat(maxLength)] : []),
    ...(type === 'array' ? [[]] : []),
  ];
  return tried.filter((value) => isAllowed(schema, value));
}

function isAllowed(schema: OptionSchema, value: unknown): boolean {
  return faultsIn(schema, value).length === 0;
}
