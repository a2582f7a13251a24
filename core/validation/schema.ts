/** The only file that knows the validator. A schema is at once a type, a compiled check and a JSON Schema. */
import { Type, type Static, type TLiteral, type TObject, type TProperties } from '@sinclair/typebox';
import type { TSchema, TUnion } from '@sinclair/typebox';
import { TypeCompiler, ValueErrorType, type TypeCheck, type ValueError } from '@sinclair/typebox/compiler';
import { CAMERA_NAME } from '../../ports/index.js';
import { invalidParam, type ServiceError } from '../errors/service-error.js';

export type Schema = TSchema;
export type ObjectSchema = TObject<TProperties>;
/** The type of the values that a schema admits. */
export type Infer<S extends Schema> = Static<S>;

interface StringRules {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly doc?: string;
}
interface NumberRules {
  readonly min?: number;
  readonly max?: number;
  readonly doc?: string;
}

type Literals<T extends readonly string[]> = { [K in keyof T]: TLiteral<T[K] & string> };

const FILENAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$';
const TIME_PATTERN = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$';
const MAX_FAULTS = 20;
const fileName = new RegExp(FILENAME_PATTERN);

/** Builds schemas. Objects refuse unknown fields unless made with `s.open`. */
export const s = {
  object: <P extends TProperties>(fields: P, doc?: string) =>
    Type.Object(fields, { additionalProperties: false, ...described(doc) }),
  /** An object that may have further fields. */
  open: <P extends TProperties>(fields: P, doc?: string) =>
    Type.Object(fields, { additionalProperties: true, ...described(doc) }),
  optional: <S extends Schema>(schema: S) => Type.Optional(schema),
  nullable: <S extends Schema>(schema: S) => Type.Union([schema, Type.Null()]),
  array: <S extends Schema>(item: S, rules: NumberRules = {}) =>
    Type.Array(item, {
      ...described(rules.doc),
      ...(rules.min === undefined ? {} : { minItems: rules.min }),
      ...(rules.max === undefined ? {} : { maxItems: rules.max }),
    }),
  record: <S extends Schema>(value: S, doc?: string) => Type.Record(Type.String(), value, described(doc)),
  union: <S extends Schema[]>(...schemas: [...S]) => Type.Union(schemas),
  oneOf: <const T extends readonly string[]>(...values: T) =>
    Type.Union(values.map((value) => Type.Literal(value))) as unknown as TUnion<[...Literals<T>]>,
  constant: <const T extends string | number | boolean>(value: T) => Type.Literal(value),
  string: (rules: StringRules = {}) =>
    Type.String({
      ...described(rules.doc),
      ...(rules.min === undefined ? {} : { minLength: rules.min }),
      ...(rules.max === undefined ? {} : { maxLength: rules.max }),
      ...(rules.pattern === undefined ? {} : { pattern: rules.pattern }),
    }),
  /** A credential: never shown, never recorded. */
  secret: (rules: StringRules = {}) => Type.String({ ...s.string(rules), writeOnly: true }),
  int: (rules: NumberRules = {}) => Type.Integer(bounds(rules)),
  number: (rules: NumberRules = {}) => Type.Number(bounds(rules)),
  bool: (doc?: string) => Type.Boolean(described(doc)),
  /** Any JSON value. */
  any: (doc?: string) => Type.Unknown(described(doc)),
  cameraId: () =>
    Type.String({ pattern: CAMERA_NAME.pattern, description: 'Camera identifier, such as camera0.' }),
  filename: ({ doc = 'File name without a path.' }: { readonly doc?: string } = {}) =>
    Type.String({ pattern: FILENAME_PATTERN, description: doc }),
  /** ISO 8601 in UTC. */
  time: (doc = 'Time in ISO 8601 format, in UTC.') =>
    Type.String({ pattern: TIME_PATTERN, description: doc }),
};

export interface Validator<T = unknown> {
  /** True when the value is as the schema says. */
  accepts(value: unknown): value is T;
  /** The first fault of a value that was not accepted. */
  fault(value: unknown): ServiceError<'INVALID_PARAMS'>;
}

/** Compiles at the first use: a start does not pay for methods that are never called. */
export function compile<S extends Schema>(schema: S): Validator<Infer<S>> {
  let compiled: TypeCheck<S> | undefined;
  const check = (): TypeCheck<S> => (compiled ??= TypeCompiler.Compile(schema));
  return {
    accepts: (value): value is Infer<S> => check().Check(value),
    fault: (value) => describeFault(mostTelling(check().Errors(value))),
  };
}

/** True for what may stand in the audit trail: plain values that are no secrets. */
export function isRecordable(schema: Schema): boolean {
  if (schema['writeOnly'] === true) return false;
  const choices = schema['anyOf'] as readonly Schema[] | undefined;
  if (choices !== undefined) return choices.every(isRecordable);
  return ['string', 'integer', 'number', 'boolean'].includes(String(schema['type']));
}

export function isFileName(text: string): boolean {
  return fileName.test(text);
}

function described(doc: string | undefined): { readonly description?: string } {
  return doc === undefined ? {} : { description: doc };
}

function bounds(rules: NumberRules): { description?: string; minimum?: number; maximum?: number } {
  return {
    ...described(rules.doc),
    ...(rules.min === undefined ? {} : { minimum: rules.min }),
    ...(rules.max === undefined ? {} : { maximum: rules.max }),
  };
}

/** `/filters/device` becomes `filters.device`; a name that a client chose is cut to a sane length. */
function paramName(path: string): string {
  const name = path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~').replaceAll('/', '.');
  return name === '' ? 'params' : name.slice(0, 100);
}

/** A misspelt name shows as an unknown field and as a missing one; the unknown one helps more. */
function mostTelling(errors: Iterable<ValueError>): ValueError | undefined {
  let first: ValueError | undefined;
  let seen = 0;
  for (const error of errors) {
    if (error.type === ValueErrorType.ObjectAdditionalProperties) return error;
    first ??= error;
    seen += 1;
    if (seen >= MAX_FAULTS) break;
  }
  return first;
}

function describeFault(error: ValueError | undefined): ServiceError<'INVALID_PARAMS'> {
  if (error === undefined) return invalidParam('params', 'invalid', 'The parameters are invalid.');
  const param = paramName(error.path);
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    return invalidParam(param, 'unknown', 'There is no such parameter.');
  }
  if (error.type === ValueErrorType.ObjectRequiredProperty) {
    return invalidParam(param, 'required', 'The parameter is missing.');
  }
  const choices = (error.schema['anyOf'] as readonly Schema[] | undefined)?.map(
    (one): unknown => one['const'],
  );
  if (choices !== undefined && choices.every((choice) => choice !== undefined)) {
    return invalidParam(param, 'one_of', `Expected one of ${choices.map(String).join(', ')}.`);
  }
  if (error.schema['pattern'] === CAMERA_NAME.pattern) {
    return invalidParam(
      param,
      'camera_id',
      'Expected a camera identifier such as camera0, not a device path.',
    );
  }
  if (error.schema['pattern'] === FILENAME_PATTERN) {
    const hint =
      'Expected a file name without a path: 1 to 200 letters, digits, dots, hyphens and underscores, starting with a letter or digit.';
    return invalidParam(param, ruleWord(error), hint);
  }
  return invalidParam(param, ruleWord(error), numberWords(error.schema) ?? `${error.message}.`);
}

/** The whole rule for a number, whichever part of it was broken. */
function numberWords({ type, minimum, maximum }: Schema): string | undefined {
  if (type !== 'integer' && type !== 'number') return undefined;
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const low = typeof minimum === 'number' ? String(minimum) : undefined;
  const high = typeof maximum === 'number' ? String(maximum) : undefined;
  if (low === undefined) return `Expected ${kind}${high === undefined ? '' : `, ${high} or less`}.`;
  return `Expected ${kind}${high === undefined ? `, ${low} or more` : ` from ${low} to ${high}`}.`;
}

function ruleWord(error: ValueError): string {
  const name = ValueErrorType[error.type];
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}
