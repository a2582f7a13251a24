/** What a package says of itself before any of its code runs: `camera-service` in its `package.json`. */
import { satisfies, validRange } from 'semver';
import { faultsIn, type ValueFault, type ValuePath } from '../../core/validation/json-schema.js';
import { wordsOf } from '../../core/validation/option-words.js';
import {
  CAPABILITIES,
  PLUGIN_API_VERSION,
  PORT_NAMES,
  type OptionSchema,
  type PortName,
} from '../api/index.js';
import { ADAPTER_NAME, faultOfOffer, KIND, KIND_PORTS, SECTION_NAME, sectionsOf } from './offer.js';
import { isObject, schemaFault } from './schema-fault.js';
import { translationFaults, type Translations } from './translations.js';

/** The key of `package.json`. */
export const MANIFEST_KEY = 'camera-service';
/** The version of the plugin API that ranges are compared with. */
export const PLUGIN_API = `${String(PLUGIN_API_VERSION)}.0.0`;

/** One adapter, as the manifest and the code both declare it. */
export interface Provision {
  readonly port: PortName;
  readonly name: string;
  readonly kinds?: readonly string[];
  readonly section?: string;
  readonly options?: OptionSchema;
  readonly sections?: Readonly<Record<string, OptionSchema>>;
}

export interface PluginManifest {
  readonly apiVersion: string;
  readonly provides: readonly Provision[];
  readonly capabilities: readonly string[];
  /** Of its options. In `package.json`, a language may name a file in place of them. */
  readonly translations?: Translations;
}

export interface ManifestFault {
  /** Inside the manifest. */
  readonly path: ValuePath;
  readonly rule: string;
  /** The word that is not known, and those that are. */
  readonly unknown?: { readonly word: string; readonly known: readonly string[] };
}

export type ManifestVerdict =
  { readonly manifest: PluginManifest } | { readonly faults: readonly ManifestFault[] };

const MOST_ADAPTERS = 100;
const text = (description: string, pattern?: RegExp): OptionSchema => ({
  type: 'string',
  description,
  minLength: 1,
  maxLength: 100,
  ...(pattern === undefined ? {} : { pattern: pattern.source }),
});

const PROVISION: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'name'],
  properties: {
    port: { type: 'string', enum: PORT_NAMES, description: 'The port that the adapter implements.' },
    name: {
      ...text('The name by which the configuration selects the adapter.', ADAPTER_NAME),
      'x-rule': 'lower-case words with hyphens',
    },
    section: {
      ...text('The section of the configuration that contains its options.', SECTION_NAME),
      'x-rule': 'a lower-case word with underscores',
    },
    kinds: {
      type: 'array',
      maxItems: 20,
      uniqueItems: true,
      description: `The kinds of cameras that it supports or announces; only for ${KIND_PORTS.join(', ')}.`,
      items: { ...text('A kind, such as v4l2.', KIND), 'x-rule': 'lower-case letters, digits and hyphens' },
    },
  },
};

/** What does not depend on the adapter's own options. */
export const MANIFEST_SHAPE: OptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'provides'],
  properties: {
    apiVersion: text('The supported versions of the plugin API, as a range such as ^1.0.0.'),
    provides: {
      type: 'array',
      maxItems: MOST_ADAPTERS,
      description: 'The adapters that it provides.',
      items: PROVISION,
    },
    capabilities: {
      type: 'array',
      maxItems: 20,
      uniqueItems: true,
      description: 'What the plugin has beyond its adapters.',
      items: { type: 'string', enum: CAPABILITIES, description: 'A capability.' },
    },
    translations: {
      type: 'object',
      description: 'Titles and descriptions of its options, by language.',
      properties: {},
    },
  },
};

/** Judges a manifest. Runs nothing of the plugin, and never throws, whatever it is given. */
export function judgeManifest(value: unknown): ManifestVerdict {
  const faults = [...shapeFaults(value), ...schemaFaults(value)];
  if (faults.length > 0) return { faults };
  const given = value as Omit<PluginManifest, 'capabilities'> & Partial<PluginManifest>;
  const manifest = { capabilities: [], ...given };
  const wrong = [...apiFaults(manifest), ...provisionFaults(manifest)];
  // Keys mean something only where the options do.
  if (wrong.length === 0) wrong.push(...translatedFaults(manifest));
  return wrong.length > 0 ? { faults: wrong } : { manifest };
}

function shapeFaults(value: unknown): ManifestFault[] {
  return faultsIn(MANIFEST_SHAPE, withoutSchemas(value)).map((fault) => ({
    path: fault.path,
    ...wordsOfFault(fault),
  }));
}

/** The options are schemas themselves and are judged as such. */
function withoutSchemas(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { translations: _translations, ...shape } = value;
  if (!Array.isArray(value['provides'])) return shape;
  const provides = (value['provides'] as readonly unknown[]).map((each) => {
    if (!isObject(each)) return each;
    const { options: _options, sections: _sections, ...rest } = each;
    return rest;
  });
  return { ...shape, provides };
}

function wordsOfFault({ kind, schema, found, path }: ValueFault): Omit<ManifestFault, 'path'> {
  const must = `must be ${wordsOf(schema)}`;
  switch (kind) {
    case 'unknown': {
      const known = [...Object.keys(schema.properties ?? {})];
      return { rule: 'there is no such key', unknown: { word: String(path.at(-1)), known } };
    }
    case 'missing':
      return { rule: `is missing; ${must}` };
    case 'twice':
      return { rule: 'is already in an earlier item' };
    case 'value':
      return { rule: `is invalid; ${must}` };
    case 'type':
      return { rule: `is ${found}; ${must}` };
  }
}

function schemaFaults(value: unknown): ManifestFault[] {
  if (!isObject(value) || !Array.isArray(value['provides'])) return [];
  return (value['provides'] as readonly unknown[]).slice(0, MOST_ADAPTERS).flatMap((each, index) => {
    if (!isObject(each)) return [];
    const { options, sections } = each;
    const at: ValuePath = ['provides', index];
    if (sections !== undefined && !isObject(sections))
      return [{ path: [...at, 'sections'], rule: 'must be an object of schemas' }];
    const schemas = [
      ...(options === undefined ? [] : [[['options'], options] as const]),
      ...Object.entries(sections ?? {}).map(([name, schema]) => [['sections', name], schema] as const),
    ];
    return schemas.flatMap(([path, schema]) => schemaFault(schema, [...at, ...path]) ?? []);
  });
}

function translatedFaults({ translations = {}, provides }: PluginManifest): ManifestFault[] {
  const sections = provides.flatMap(({ port, name, ...offer }) =>
    sectionsOf(port, name, { ...offer, create: () => undefined as never }),
  );
  return translationFaults(translations, sections).map(({ path, ...fault }) => ({
    ...fault,
    path: ['translations', ...path],
  }));
}

function apiFaults({ apiVersion }: PluginManifest): ManifestFault[] {
  const path = ['apiVersion'];
  if (validRange(apiVersion) === null)
    return [{ path, rule: `must be a range of versions, such as ^${PLUGIN_API}` }];
  if (satisfies(PLUGIN_API, apiVersion)) return [];
  const rule = `is ${apiVersion}; this service has plugin API ${PLUGIN_API}: install a version of the plugin that supports it`;
  return [{ path, rule }];
}

function provisionFaults({ provides }: PluginManifest): ManifestFault[] {
  const seen = new Set<string>();
  return provides.flatMap((provision, index) => {
    const { port, name } = provision;
    const path = ['provides', index];
    const key = `${port}/${name}`;
    if (seen.has(key)) return [{ path, rule: `${key} is already in an earlier item` }];
    seen.add(key);
    const fault = faultOfOffer(port, name, { ...provision, create: () => undefined });
    return fault === undefined ? [] : [{ path, rule: `${key}: ${fault}` }];
  });
}
