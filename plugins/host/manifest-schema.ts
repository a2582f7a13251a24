/** The manifest as JSON Schema, for editors and for those who write it by hand. The check itself says more, and in words. */
import { MANIFEST_SHAPE } from './manifest.js';
import { OPTION_KINDS } from './offer.js';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const option = { $ref: '#/$defs/option' };
const options = { $ref: '#/$defs/options' };

const OPTION = {
  type: 'object',
  description: 'One option, or an item of an option that is a list.',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { enum: [...OPTION_KINDS, 'object'] },
    title: text,
    description: text,
    default: {},
    enum: { type: 'array', items: text, minItems: 1 },
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    minLength: count,
    maxLength: count,
    pattern: { type: 'string', format: 'regex' },
    format: { enum: ['path', 'port'] },
    items: option,
    minItems: count,
    maxItems: count,
    uniqueItems: { type: 'boolean' },
    properties: { type: 'object', additionalProperties: option },
    required: { type: 'array', items: text },
    minProperties: count,
    additionalProperties: { const: false },
    writeOnly: { type: 'boolean', description: 'A secret, which is masked wherever it is shown.' },
    'x-unit': text,
    'x-env': { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,99}$' },
    'x-rule': text,
    'x-unique': text,
    $schema: text,
    $id: text,
  },
};

const TRANSLATED = {
  type: 'object',
  description:
    'By the key of the option: section.option, or Port/name.option of an adapter without a section.',
  additionalProperties: {
    type: 'object',
    minProperties: 1,
    additionalProperties: false,
    properties: { title: text, description: text },
  },
};

export function manifestSchema(): object {
  const { properties = {}, ...shape } = MANIFEST_SHAPE;
  const { provides, translations } = properties;
  const item = provides?.items;
  const adapter = {
    ...item,
    properties: { ...item?.properties, options, sections: { type: 'object', additionalProperties: options } },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The key "camera-service" of the package.json of a plugin',
    ...shape,
    properties: {
      ...properties,
      provides: { ...provides, items: adapter },
      translations: {
        description: translations?.description,
        type: 'object',
        additionalProperties: {
          oneOf: [TRANSLATED, { ...text, description: 'A JSON file of the package with them.' }],
        },
      },
    },
    $defs: {
      option: OPTION,
      options: {
        ...OPTION,
        description: 'The options of an adapter.',
        required: ['type', 'properties'],
        properties: { ...OPTION.properties, type: { const: 'object' } },
      },
    },
  };
}
