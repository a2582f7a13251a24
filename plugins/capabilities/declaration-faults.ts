/** What a plugin declares is checked when it is declared, by one that knows nothing of the service that runs. */
import { isRecordable } from '../../core/validation/schema.js';
import { schemaFault, isObject } from '../host/schema-fault.js';
import { ROLES, type OptionSchema } from '../api/index.js';

export const LONGEST_TIMEOUT_MS = 60_000;
const LONGEST_TEXT = 200;
const MOST_LABELS = 4;
const MOST_BUCKETS = 30;
/** What the service itself puts into each notification. */
const OF_NOTIFICATIONS = ['topic', 'timestamp', 'sequence'];
const WORD = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

type Given = Readonly<Record<string, unknown>>;

export function faultOfMethod(offer: object): string | undefined {
  const { summary, role, params, result, timeoutMs, audited, handler } = offer as Given;
  if (typeof handler !== 'function') return 'handler must be a function';
  return (
    faultOfTimeout(timeoutMs) ??
    faultOfWords(summary, 'summary') ??
    faultOfRole(role) ??
    (params === undefined ? undefined : faultOfFields(params, 'params', ['auth_token'])) ??
    faultOfSchema(result, 'result') ??
    faultOfRecorded(audited, params as OptionSchema | undefined)
  );
}

export function faultOfTimeout(timeoutMs: unknown = 1): string | undefined {
  return faultOfCount(timeoutMs, 'timeoutMs', LONGEST_TIMEOUT_MS);
}

export function faultOfCount(count: unknown, what: string, most: number): string | undefined {
  const isCount = typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= most;
  return isCount ? undefined : `${what} must be a whole number from 1 to ${String(most)}`;
}

export function faultOfEvent(offer: object): string | undefined {
  const { summary, role, payload } = offer as Given;
  return (
    faultOfWords(summary, 'summary') ??
    faultOfRole(role) ??
    faultOfFields(payload, 'payload', OF_NOTIFICATIONS)
  );
}

export function faultOfMetric(offer: object): string | undefined {
  const { kind, help, unit, labels = [], buckets } = offer as Given;
  if (!['counter', 'gauge', 'histogram'].includes(kind as string))
    return 'kind must be counter, gauge or histogram';
  if (unit !== undefined && !isWord(unit)) return 'unit must be a lower-case word such as seconds';
  const areLabels =
    Array.isArray(labels) && labels.length <= MOST_LABELS && new Set(labels).size === labels.length;
  if (!areLabels || !labels.every(isWord))
    return `labels must be at most ${String(MOST_LABELS)} different lower-case words`;
  if ((kind === 'histogram') !== (buckets !== undefined)) return 'a histogram, and only that, has buckets';
  if (buckets !== undefined && !areBounds(buckets))
    return `buckets must be up to ${String(MOST_BUCKETS)} numbers in ascending order`;
  return faultOfWords(help, 'help');
}

export function faultOfWords(text: unknown, what: string): string | undefined {
  return typeof text === 'string' && text.length >= 8 && text.length <= LONGEST_TEXT && !text.includes('\n')
    ? undefined
    : `${what} must be a sentence of up to ${String(LONGEST_TEXT)} characters`;
}

function faultOfRole(role: unknown): string | undefined {
  return (ROLES as readonly unknown[]).includes(role) ? undefined : `role must be one of ${ROLES.join(', ')}`;
}

function faultOfSchema(schema: unknown, what: string): string | undefined {
  const fault = schemaFault(schema);
  return fault && [what, ...fault.path, fault.rule].join(' ');
}

function faultOfFields(schema: unknown, what: string, reserved: readonly string[]): string | undefined {
  if (!isObject(schema) || schema['type'] !== 'object' || !isObject(schema['properties']))
    return `${what} must be a JSON Schema of type object with properties`;
  const fault = faultOfSchema(schema, what);
  if (fault !== undefined) return fault;
  const { properties } = schema as { readonly properties: Readonly<Record<string, OptionSchema>> };
  const taken = reserved.find((name) => Object.hasOwn(properties, name));
  if (taken !== undefined) return `${what} cannot have "${taken}", which belongs to the service`;
  return properties['device'] === undefined || properties['device'].type === 'string'
    ? undefined
    : `${what} device must be a string: the name of a camera`;
}

function faultOfRecorded(audited: unknown, params: OptionSchema | undefined): string | undefined {
  if (audited === false) return undefined;
  const fields = params?.properties ?? {};
  const areNames =
    Array.isArray(audited) &&
    audited.every((name: unknown) => typeof name === 'string' && Object.hasOwn(fields, name));
  if (!areNames) return 'audited must be false or a list of names of parameters';
  const secret = (audited as readonly string[]).find((name) => !isRecordable(fields[name] as never));
  return secret === undefined
    ? undefined
    : `audited cannot name "${secret}": only plain values that are no secrets`;
}

function areBounds(bounds: unknown): boolean {
  return (
    Array.isArray(bounds) &&
    bounds.length > 0 &&
    bounds.length <= MOST_BUCKETS &&
    (bounds as readonly unknown[]).every((each, at) =>
      at === 0
        ? Number.isFinite(each)
        : Number.isFinite(each) && (each as number) > (bounds[at - 1] as number),
    )
  );
}

function isWord(word: unknown): boolean {
  return typeof word === 'string' && word.length <= 40 && WORD.test(word);
}
