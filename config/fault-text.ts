import { type ValueFault, type ValuePath } from '../core/validation/json-schema.js';
import { textFormOf, wordsOf } from '../core/validation/option-words.js';
import type { Assignment } from './assignment.js';
import { didYouMean } from './nearest.js';

/** `cameras.assignments` and `[0, 'id']` make `cameras.assignments[0].id`. */
export function position(key: string, path: ValuePath): string {
  const steps = path.map((step) =>
    typeof step === 'number' ? `[${String(step)}]` : `.${step.slice(0, 100)}`,
  );
  return key + steps.join('');
}

/** What is wrong with a part of a value, where it stands, and what it must be. Never the value: it may be a secret. */
export function faultText({ path, kind, schema, found }: ValueFault, key: string, given: Assignment): string {
  const place = `${position(key, path)} (${given.where(path)})`;
  const must = `must be ${wordsOf(schema)}${path.length === 0 ? textFormOf(schema) : ''}`;
  switch (kind) {
    case 'unknown': {
      const known = Object.keys(schema.properties ?? {});
      return `${place}: there is no such key${didYouMean(String(path.at(-1)), known)}`;
    }
    case 'missing':
      return `${place}: is missing; ${must}`;
    case 'twice':
      return `${place}: is already in an earlier item`;
    case 'value':
      return `${place}: is invalid; ${must}`;
    case 'type':
      return `${place}: is ${found}${hint(schema.type, found)}; ${must}`;
  }
}

/** YAML takes 5 for a number and on for a text, whatever was meant. */
function hint(wanted: string, found: string): string {
  if (wanted === 'string' && (found === 'a number' || found === 'a boolean')) return ' (write it in quotes)';
  if (wanted === 'boolean' && found === 'text') return ' (on, off, yes and no are text in YAML)';
  const isNumber = wanted === 'integer' || wanted === 'number';
  return isNumber && found === 'text' ? ' (write it without quotes)' : '';
}
