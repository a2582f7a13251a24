/** Declarations of options in words: what a value must be, and how it is written as text. */
import type { OptionSchema } from '../../ports/index.js';

/** For people: the kind and the range. */
export function wordsOf(schema: OptionSchema): string {
  const { type, enum: values, format, items } = schema;
  if (values !== undefined) return `one of ${values.join(', ')}`;
  const rule = schema['x-rule'];
  if (rule !== undefined && type !== 'array') return rule;
  switch (type) {
    case 'boolean':
      return 'true or false';
    case 'string':
      return textWords(schema);
    case 'integer':
      return `${format === 'port' ? 'a port' : 'a whole number'}${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'object':
      return objectWords(schema);
    case 'array':
      return `a list${count(schema)} of ${itemWords(items)}${rule === undefined ? '' : `; ${rule}`}`;
  }
}

/** How a list is written in an environment variable or on the command line. */
export function textFormOf({ type, items }: OptionSchema): string {
  if (type !== 'array') return '';
  return items?.type === 'object' ? ' (as text: JSON)' : ' (as text: comma-separated)';
}

/** Reads the text of an environment variable or of the command line. @returns `undefined` when it cannot be such a value. */
export function parseText(schema: OptionSchema, text: string): unknown {
  switch (schema.type) {
    case 'string':
      return text;
    case 'boolean':
      return FLAGS.get(text.trim().toLowerCase());
    case 'integer':
      return /^-?\d{1,16}$/.test(text.trim()) ? Number(text) : undefined;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'object':
      return parseJson(text);
    case 'array':
      return schema.items?.type === 'object' || text.trim().startsWith('[')
        ? parseJson(text)
        : words(schema, text);
  }
}

const FLAGS = new Map<string, boolean>([
  ...['true', 'yes', 'on', '1'].map((word): [string, boolean] => [word, true]),
  ...['false', 'no', 'off', '0'].map((word): [string, boolean] => [word, false]),
]);

function words({ items }: OptionSchema, text: string): unknown {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const parsed = parts.map((part) => (items === undefined ? part : parseText(items, part)));
  return parsed.includes(undefined) ? undefined : parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function textWords({ minLength = 0, maxLength, format }: OptionSchema): string {
  const what = format === 'path' ? 'a path' : 'text';
  if (maxLength !== undefined) return `${what} of ${String(minLength)} to ${String(maxLength)} characters`;
  return minLength > 1
    ? `${what} of ${String(minLength)} characters or more`
    : minLength === 1
      ? `${what}, not empty`
      : what;
}

function range({ minimum, maximum }: OptionSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${String(minimum)} to ${String(maximum)}`;
  if (minimum !== undefined) return `, ${String(minimum)} or more`;
  return maximum === undefined ? '' : `, ${String(maximum)} or less`;
}

function count({ minItems, maxItems }: OptionSchema): string {
  if (maxItems !== undefined) return ` of ${String(minItems ?? 0)} to ${String(maxItems)} items,`;
  return minItems === undefined || minItems === 0 ? '' : ` of ${String(minItems)} or more items,`;
}

function itemWords(items: OptionSchema | undefined): string {
  if (items === undefined) return 'values';
  if (items.enum !== undefined) return `these: ${items.enum.join(', ')}`;
  if (items.type === 'object') return `objects: ${objectWords(items)}`;
  if (items.type === 'string')
    return items['x-rule'] === undefined ? 'strings' : `strings: ${items['x-rule']}`;
  return items.type === 'integer' || items.type === 'number' ? `numbers: ${wordsOf(items)}` : wordsOf(items);
}

function objectWords({ properties = {}, required = [], 'x-rule': rule }: OptionSchema): string {
  const names = Object.keys(properties);
  const optional = names.filter((name) => !required.includes(name));
  const parts = [
    ...(required.length > 0 ? [`{${required.join(', ')}}`] : []),
    ...(optional.length > 0 ? [`optionally ${optional.join(', ')}`] : []),
  ];
  return rule ?? (parts.join(' and ') || 'an object');
}
