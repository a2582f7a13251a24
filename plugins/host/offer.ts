/** What a plugin offers is checked when it is offered: a faulty declaration is the plugin's fault, not the user's. */
import { faultsIn } from '../../core/validation/json-schema.js';
import { wordsOf } from '../../core/validation/option-words.js';
import { PORT_NAMES, type AdapterOffer, type OptionSchema, type PortName } from '../api/index.js';
import { isObject, schemaFault } from './schema-fault.js';

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

export const SECTION_NAME = /^[a-z][a-z0-9_]{0,63}$/;
export const ADAPTER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const KIND = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** The ports whose adapters are for certain kinds of sources. */
export const KIND_PORTS: readonly PortName[] = [
  'CameraProbe',
  'Capture',
  'DeviceEventSource',
  'FrameGrabber',
];
const LONGEST_NAME = 64;
/** What an option can be. */
export const OPTION_KINDS: readonly string[] = ['string', 'integer', 'number', 'boolean', 'array'];

/** What is wrong with an offer. */
export function faultOfOffer(port: PortName, name: string, offer: unknown): string | undefined {
  return faultOfName(port, name) ?? faultOfParts(port, offer ?? {}) ?? faultOfSections(port, name, offer);
}

type Offer = Partial<AdapterOffer<PortName, unknown>>;

function faultOfName(port: PortName, name: unknown): string | undefined {
  if (!PORT_NAMES.includes(port)) return `there is no such port; available: ${PORT_NAMES.join(', ')}`;
  return typeof name === 'string' && name.length <= LONGEST_NAME && ADAPTER_NAME.test(name)
    ? undefined
    : 'its name must be lower-case words with hyphens';
}

function faultOfParts(port: PortName, offer: Offer): string | undefined {
  const { create, check, options, section, sections, kinds } = offer;
  if (typeof offer !== 'object' || typeof create !== 'function')
    return 'the third argument of provide() must be an object with create(context) and, if the adapter has options, their schema as options';
  if (check !== undefined && typeof check !== 'function') return 'check must be a function';
  if (sections !== undefined && (options !== undefined || section !== undefined))
    return 'it must have either sections, or options and optionally a section';
  if (sections !== undefined && !isObject(sections))
    return 'its sections must be an object whose values are schemas';
  if (section !== undefined && options === undefined) return 'a section requires options';
  return kinds === undefined ? undefined : faultOfKinds(port, kinds);
}

function faultOfKinds(port: PortName, kinds: unknown): string | undefined {
  if (!KIND_PORTS.includes(port)) return `kinds are allowed only for ${KIND_PORTS.join(', ')}`;
  return isKinds(kinds) ? undefined : 'its kinds must be a list of words such as v4l2';
}

function faultOfSections(port: PortName, name: string, offer: unknown): string | undefined {
  return sectionsOf(port, name, offer as AdapterOffer<PortName, unknown>)
    .map(({ name: where, schema, isListed }) => {
      if (!isListed && !SECTION_NAME.test(where))
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
  if (!isObject(schema) || schema.type !== 'object' || schema.properties === undefined)
    return 'its options must be a JSON Schema of type object with properties';
  const unsound = schemaFault(schema);
  if (unsound) return [unsound.path.join('.'), unsound.rule].filter((part) => part !== '').join(' ');
  for (const [option, each] of Object.entries(schema.properties)) {
    const fault = faultOfOption(option, each, schema.required?.includes(option) === true);
    if (fault !== undefined) return `its option "${option}" ${fault}`;
  }
  return undefined;
}

function faultOfOption(name: string, schema: OptionSchema, isRequired: boolean): string | undefined {
  if (!SECTION_NAME.test(name) || name === 'adapter')
    return 'must be a lower-case word with underscores, other than "adapter"';
  if (!OPTION_KINDS.includes(schema.type)) return `must have one of the types ${OPTION_KINDS.join(', ')}`;
  if ((schema.description ?? '').length < 8) return 'needs a description';
  if (schema.default === undefined) return isRequired ? undefined : 'needs a default, or must be required';
  return faultsIn(schema, schema.default).length === 0
    ? undefined
    : `has a default that does not match its schema; it must be ${wordsOf(schema)}`;
}

function isKinds(kinds: unknown): boolean {
  return Array.isArray(kinds) && kinds.every((each) => typeof each === 'string' && KIND.test(each));
}
