import { expect } from 'chai';
import { faultsIn, kindName, schemaAt } from '../../../core/validation/json-schema.js';
import { parseText, textFormOf, wordsOf } from '../../../core/validation/option-words.js';
import type { OptionSchema } from '../../../ports/index.js';

const array = (items?: OptionSchema, rules: Partial<OptionSchema> = {}): OptionSchema => ({
  type: 'array',
  ...(items === undefined ? {} : { items }),
  ...rules,
});
const object = (rules: Partial<OptionSchema> = {}): OptionSchema => ({ type: 'object', ...rules });
const TEXT: OptionSchema = { type: 'string' };

describe('an option in words', () => {
  const cases: readonly (readonly [OptionSchema, string])[] = [
    [TEXT, 'text'],
    [{ type: 'string', minLength: 1 }, 'text, not empty'],
    [{ type: 'string', minLength: 16 }, 'text of 16 characters or more'],
    [{ type: 'string', maxLength: 9 }, 'text of 0 to 9 characters'],
    [{ type: 'string', format: 'path', minLength: 2 }, 'a path of 2 characters or more'],
    [{ type: 'string', enum: ['tcp', 'udp'] }, 'one of tcp, udp'],
    [{ type: 'string', 'x-rule': 'empty, or a URL' }, 'empty, or a URL'],
    [{ type: 'boolean' }, 'true or false'],
    [{ type: 'number' }, 'a number'],
    [{ type: 'number', maximum: 2 }, 'a number, 2 or less'],
    [{ type: 'integer', minimum: 3 }, 'a whole number, 3 or more'],
    [{ type: 'integer', minimum: 1, maximum: 9 }, 'a whole number from 1 to 9'],
    [{ type: 'integer', format: 'port', minimum: 1024 }, 'a port, 1024 or more'],
    [array(), 'a list of values'],
    [array(TEXT), 'a list of strings'],
    [array(TEXT, { 'x-rule': 'tcp among them' }), 'a list of strings; tcp among them'],
    [array(TEXT, { minItems: 0 }), 'a list of strings'],
    [array(TEXT, { minItems: 2 }), 'a list of 2 or more items, of strings'],
    [array(TEXT, { maxItems: 4 }), 'a list of 0 to 4 items, of strings'],
    [array(TEXT, { minItems: 1, maxItems: 4 }), 'a list of 1 to 4 items, of strings'],
    [array({ type: 'string', 'x-rule': 'an address' }), 'a list of strings: an address'],
    [array({ type: 'string', enum: ['a', 'b'] }), 'a list of these: a, b'],
    [array({ type: 'integer', minimum: 1 }), 'a list of numbers: a whole number, 1 or more'],
    [array({ type: 'number', maximum: 1 }), 'a list of numbers: a number, 1 or less'],
    [array({ type: 'boolean' }), 'a list of true or false'],
    [array(array(TEXT)), 'a list of a list of strings'],
    [object(), 'an object'],
    [object({ 'x-rule': 'an id and a port' }), 'an id and a port'],
    [object({ properties: { a: TEXT, b: TEXT }, required: ['a'] }), '{a} and optionally b'],
    [array(object({ properties: { a: TEXT } })), 'a list of objects: optionally a'],
  ];
  for (const [schema, words] of cases) {
    it(words, () => {
      expect(wordsOf(schema)).to.equal(words);
    });
  }

  it('says how a list is written as text, and of nothing else', () => {
    expect(textFormOf(array(TEXT))).to.match(/comma/);
    expect(textFormOf(array(object()))).to.match(/JSON/);
    expect(textFormOf(object())).to.equal('');
  });
});

describe('the text of an option', () => {
  const cases: readonly (readonly [string, OptionSchema, string, unknown])[] = [
    ['an object is JSON', object(), '{"a":1}', { a: 1 }],
    ['an object that is no JSON is nothing', object(), '{a:1}', undefined],
    ['a list without a kind of items is texts', array(), ' a, ,5 ', ['a', '5']],
    ['a list of numbers with one that is none is nothing', array({ type: 'integer' }), '1,x', undefined],
    ['a list of objects is JSON', array(object()), '[{"a":1}]', [{ a: 1 }]],
    ['a list of objects that is no JSON is nothing', array(object()), 'a,b', undefined],
    ['no text is no number', { type: 'number' }, ' ', undefined],
    ['infinity is no number', { type: 'number' }, 'Infinity', undefined],
    ['a fraction is no whole number', { type: 'integer' }, '1.5', undefined],
  ];
  for (const [what, schema, text, value] of cases) {
    it(what, () => {
      expect(parseText(schema, text)).to.deep.equal(value);
    });
  }
});

describe('a value beside its declaration', () => {
  const found = (schema: OptionSchema, value: unknown) =>
    faultsIn(schema, value).map(({ path, kind, found: what }) => [path.join('.'), kind, what]);

  it('is checked against the range of a number', () => {
    const schema = object({ properties: { n: { type: 'number', minimum: 0.5, maximum: 2 } } });
    expect(found(schema, { n: 1.25 })).to.deep.equal([]);
    expect(found(schema, { n: 0.25 })).to.deep.equal([['n', 'value', 'a number']]);
    expect(found(schema, { n: '1' })).to.deep.equal([['n', 'type', 'text']]);
    expect(found(schema, { n: true })).to.deep.equal([['n', 'type', 'a boolean']]);
  });

  it('may hold anything in a list whose items are not declared, in its bounds', () => {
    expect(found(array(undefined, { maxItems: 3 }), [1, 'x', { a: null }])).to.deep.equal([]);
    expect(found(array(undefined, { maxItems: 3 }), [1, 2, 3, 4])).to.deep.equal([['', 'value', 'a list']]);
  });

  it('is told with at most fifty faults', () => {
    expect(
      found(
        array(TEXT),
        Array.from({ length: 200 }, (_, index) => index),
      ),
    ).to.have.length(50);
  });

  it('has a kind and a schema at every place', () => {
    expect([null, undefined, [], {}, 'x', 5].map(kindName)).to.deep.equal([
      ...['empty', 'empty', 'a list', 'a mapping', 'text', 'a number'],
    ]);
    const schema = object({ properties: { list: array(TEXT) } });
    expect(schemaAt(schema, ['list', 3])).to.equal(TEXT);
    expect(schemaAt(schema, ['list', 'length'])).to.equal(undefined);
    expect(schemaAt(schema, ['toString'])).to.equal(undefined);
    expect(schemaAt(schema, [0])).to.equal(undefined);
  });
});
