/**
 * How an adapter declares its options: plain JSON Schema (draft 2020-12), created by the builders below or written by hand.
 * The declaration is kept next to the adapter. The service uses it to validate values, to fill in defaults, to mask secrets and to
 * generate the reference.
 */
declare const VALUE: unique symbol;

/** The subset of JSON Schema that declarations may use, and our own `x-` keywords. Other keywords are refused when a plugin is set up. */
export interface OptionSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** `path`: `~` and `${NAME}` are expanded. `port`: a TCP or UDP port number. */
  readonly format?: 'path' | 'port';
  readonly items?: OptionSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly additionalProperties?: false;
  /** A secret, which is masked wherever the configuration is shown. */
  readonly writeOnly?: boolean;
  /** The unit of the value, such as `ms` or `bytes`. */
  readonly 'x-unit'?: string;
  /** An additional, well-known environment variable that sets the option. The variable with the option's own name overrides it. */
  readonly 'x-env'?: string;
  /** A description of the allowed values for messages; required with a pattern. */
  readonly 'x-rule'?: string;
  /** In a list of objects: the field whose value must be unique. */
  readonly 'x-unique'?: string;
}

/** The schema of values of type `T`. */
export type Option<T> = OptionSchema & { readonly [VALUE]?: T };
/** The type of the values that a schema allows. */
export type OptionValue<O> = O extends { readonly [VALUE]?: infer T } ? T : never;

type Fields = Readonly<Record<string, Option<unknown>>>;
export type OptionValues<F extends Fields> = { readonly [K in keyof F]: OptionValue<F[K]> };

interface Rules<T> {
  /** Description for the reference. */
  readonly doc: string;
  /** An option without a default is required. */
  readonly default?: T;
  readonly env?: string;
}
interface TextRules extends Rules<string> {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** What the pattern means, such as `a path that starts with "/"`. */
  readonly rule?: string;
}
interface NumberRules extends Rules<number> {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unit?: string;
}
interface ListRules<T> extends Rules<readonly T[]> {
  readonly minItems?: number;
  readonly maxItems?: number;
  /** False: the list may contain the same value more than once. */
  readonly uniqueItems?: boolean;
  /** In a list of objects: the field whose value must be unique. */
  readonly unique?: string;
}

/** Longer timers would fire immediately, because Node stores their duration in 32 bits. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Builds the schema of one option. */
export const option = {
  text: (rules: TextRules): Option<string> => schemaOf('string', rules),
  /** A string that is masked wherever the configuration is shown. */
  secret: (rules: TextRules): Option<string> => ({ ...schemaOf<string>('string', rules), writeOnly: true }),
  /** Path of a file or folder, or the name of a program. */
  path: (rules: TextRules): Option<string> => ({ ...schemaOf<string>('string', rules), format: 'path' }),
  choice: <const T extends string>(values: readonly T[], rules: Rules<T>): Option<T> => ({
    ...schemaOf<T>('string', rules),
    enum: values,
  }),
  flag: (rules: Rules<boolean>): Option<boolean> => schemaOf('boolean', rules),
  number: (rules: NumberRules): Option<number> => schemaOf('number', rules),
  /** A whole number, 0 or more unless `minimum` is set. */
  integer: (rules: NumberRules): Option<number> => schemaOf('integer', { minimum: 0, ...rules }),
  /** A duration in milliseconds. Timers are limited to 24 days. */
  ms: (rules: NumberRules): Option<number> =>
    schemaOf('integer', { minimum: 0, maximum: LONGEST_TIMER_MS, unit: 'ms', ...rules }),
  bytes: (rules: NumberRules): Option<number> => schemaOf('integer', { minimum: 0, unit: 'bytes', ...rules }),
  port: (rules: NumberRules): Option<number> => ({
    ...schemaOf<number>('integer', { minimum: 0, maximum: 65_535, ...rules }),
    format: 'port',
  }),
  list: <T>(items: Option<T>, rules: ListRules<T>): Option<readonly T[]> => ({
    ...schemaOf<readonly T[]>('array', { uniqueItems: true, ...rules }),
    items,
  }),
  /** An object as an item of a list: fields that are required unless they have a default, and optional fields. */
  object: <F extends Fields, G extends Fields = Record<never, never>>(
    fields: F,
    more: { readonly optional?: G; readonly minProperties?: number } = {},
  ): Option<OptionValues<F> & Partial<OptionValues<G>>> => ({
    type: 'object',
    properties: { ...fields, ...more.optional },
    required: withoutDefault(fields),
    additionalProperties: false,
    ...(more.minProperties === undefined ? {} : { minProperties: more.minProperties }),
  }),
};

/** The options of an adapter. Names are lower-case words with underscores: `poll_ms`. */
export function options<F extends Fields>(fields: F): Option<OptionValues<F>> {
  return option.object(fields);
}

type CamelKey<S> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<CamelKey<B>>}` : S;
/** The same values under camel-case names: `poll_ms` becomes `pollMs`. */
export type CamelCased<T> = { readonly [K in keyof T as CamelKey<K> & string]: T[K] };

export function camelCased<T extends object>(values: T): CamelCased<T> {
  const camel = (name: string): string =>
    name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [camel(name), value]),
  ) as CamelCased<T>;
}

/** The defaults of a declaration. Options without a default are left out. */
export function defaultsOf<T>(schema: Option<T>): T {
  const entries = Object.entries(schema.properties ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, each]) => (each.default === undefined ? [] : [[name, each.default]])),
  ) as T;
}

/** The given values completed by the defaults, for code that creates an adapter without the service. */
export function withDefaults<T extends object>(
  schema: Option<T>,
  given: Partial<CamelCased<T>>,
): CamelCased<T> {
  return { ...camelCased(defaultsOf(schema)), ...given };
}

function schemaOf<T>(
  type: OptionSchema['type'],
  rules: Rules<unknown> & { readonly unit?: string; readonly rule?: string; readonly unique?: string },
): Option<T> {
  const { doc, env, unit, rule, unique, ...rest } = rules;
  return {
    type,
    description: doc,
    ...rest,
    ...(unit === undefined ? {} : { 'x-unit': unit }),
    ...(env === undefined ? {} : { 'x-env': env }),
    ...(rule === undefined ? {} : { 'x-rule': rule }),
    ...(unique === undefined ? {} : { 'x-unique': unique }),
  };
}

function withoutDefault(fields: Fields): readonly string[] {
  return Object.keys(fields).filter((name) => fields[name]?.default === undefined);
}
