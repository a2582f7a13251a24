import type { Schema } from '../../core/validation/schema.js';

/** JSON Schema as a table of fields for people; empty when the schema has no named fields. */
export function fieldTable(schema: Schema): string {
  const rows = fieldRows(schema, '');
  if (rows.length === 0) return '';
  const lines = rows.map(
    ([name, type, text]) => `| \`${name}\` | ${type.replaceAll('|', '\\|')} | ${text} |`,
  );
  return ['| Field | Type | Meaning |', '| --- | --- | --- |', ...lines].join('\n');
}

type Row = readonly [name: string, type: string, text: string];

function fieldRows(schema: Schema, prefix: string): Row[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const required = new Set((schema['required'] ?? []) as string[]);
  return properties.flatMap(([name, field]): Row[] => {
    const path = `${prefix}${name}${required.has(name) ? '' : '?'}`;
    const inner = field['type'] === 'array' ? (field['items'] as Schema) : field;
    const deeper = fieldRows(inner, `${prefix}${name}${inner === field ? '.' : '[].'}`);
    return [[path, typeText(field), field.description ?? ''], ...deeper];
  });
}

/** A schema in a few words. */
export function typeText(schema: Schema): string {
  const choices = schema['anyOf'] as readonly Schema[] | undefined;
  if (choices !== undefined) return choices.map(typeText).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const type = schema['type'] as string | undefined;
  if (type === undefined) return 'any';
  if (type === 'array') return `${typeText(schema['items'] as Schema)}[]`;
  return `${type}${range(schema)}`;
}

function range(schema: Schema): string {
  const low = (schema['minimum'] ?? schema['minLength']) as number | undefined;
  const high = (schema['maximum'] ?? schema['maxLength']) as number | undefined;
  if (low === undefined && high === undefined) return '';
  const what = schema['type'] === 'string' ? ' characters' : '';
  return ` (${low === undefined ? '' : String(low)}…${high === undefined ? '' : String(high)}${what})`;
}
