/** What a plugin offers is checked when it is offered: a faulty declaration is the plugin's fault, not the user's. */
import { faultsIn, unsupportedKeywords } from '../../core/validation/json-schema.js';
import { wordsOf } from '../../core/validation/option-words.js';
import type { AdapterOffer, OptionSchema, PortName } from '../api/index.js';

/** Options of an adapter, and where the configuration has them. */
export interface OptionSection {
  /** Name of the section; `Port/name` for what stands in `plugins.config`. */
  readonly name: string;
  readonly schema: OptionSchema;
  readonly port: PortName;
  readonly adapter: string;
  /** True when the options are set in `plugins.config`. */
  readonly isListed: boolean;
}

const WORD = /^[a-z][a-z0-9_]{0,63}$/;
const TYPES = new Set(['string', 'integer', 'number', 'boolean', 'array']);

/** What is wrong with an offer. */
export function faultOfOffer(port: PortName, name: string, offer: unknown): string | undefined {
  const { create, check, options, section, sections } = (offer ?? {}) as Partial<
    AdapterOffer<PortName, unknown>
  >;
  if (typeof offer !== 'object' || typeof create !== 'function')
    return 'the third argument of provide() is an object with create(context) and, when it takes options, their schema as options';
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) return 'its name must be lower-case words with hyphens';
  if (check !== undefined && typeof check !== 'function') return 'check must be a function';
  if (sections !== undefined && (options !== undefined || section !== undefined))
    return 'it has either sections, or options and perhaps a section';
  if (section !== undefined && options === undefined) return 'a section needs options';
  return sectionsOf(port, name, { options, section, sections } as AdapterOffer<PortName, unknown>)
    .map(({ name: where, schema, isListed }) => {
      if (!isListed && !WORD.test(where))
        return `the section "${where}" must be a lower-case word with underscores`;
      return faultOfSchema(schema);
    })
    .find((fault) => fault !== undefined);
}

export function sectionsOf<P extends PortName, T>(
  port: P,
  adapter: string,
  { options, section, sections }: AdapterOffer<P, T>,
): readonly OptionSection[] {
  if (sections !== undefined)
    return Object.entries(sections).map(([name, schema]) => ({
      name,
      schema,
      port,
      adapter,
      isListed: false,
    }));
  if (options === undefined) return [];
  const isListed = section === undefined;
  return [{ name: section ?? `${port}/${adapter}`, schema: options, port, adapter, isListed }];
}

function faultOfSchema(schema: OptionSchema): string | undefined {
  if (typeof schema !== 'object' || schema.type !== 'object' || typeof schema.properties !== 'object')
    return 'its options must be a JSON Schema of type object with properties';
  const [keyword] = unsupportedKeywords(schema);
  if (keyword !== undefined) return `the keyword "${keyword}" is not supported in a schema of options`;
  for (const [option, each] of Object.entries(schema.properties)) {
    const fault = faultOfOption(option, each, schema.required?.includes(option) === true);
    if (fault !== undefined) return `its option "${option}" ${fault}`;
  }
  return undefined;
}

function faultOfOption(name: string, schema: OptionSchema, isRequired: boolean): string | undefined {
  if (!WORD.test(name) || name === 'adapter')
    return 'must be a lower-case word with underscores, other than "adapter"';
  if (!TYPES.has(schema.type)) return `must have one of the types ${[...TYPES].join(', ')}`;
  if ((schema.description ?? '').length < 8) return 'needs a description';
  if (schema.default === undefined) return isRequired ? undefined : 'needs a default, or must be required';
  return faultsIn(schema, schema.default).length === 0
    ? undefined
    : `has a default that its schema refuses; it must be ${wordsOf(schema)}`;
}
