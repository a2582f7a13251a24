import { expect } from 'chai';
import { METHODS } from '../../../core/rpc/methods/index.js';
import { compile, s, type Schema } from '../../../core/validation/schema.js';

const hintOf = (schema: Schema, value: unknown): unknown => compile(schema).fault(value).data['hint'];

describe('the hint in an error of a parameter', () => {
  it('names the whole range of a number, whichever part of it was broken', () => {
    const object = s.object({ n: s.int({ min: 1, max: 100 }) });
    for (const value of ['5', 1.5, 0, 101, NaN, Infinity, null, {}, true]) {
      expect(hintOf(object, { n: value })).to.equal('Expected a whole number from 1 to 100.');
    }
    expect(hintOf(s.int({ min: 1 }), 0)).to.equal('Expected a whole number, 1 or more.');
    expect(hintOf(s.int({ max: 9 }), 10)).to.equal('Expected a whole number, 9 or less.');
    expect(hintOf(s.int(), 'x')).to.equal('Expected a whole number.');
    expect(hintOf(s.number({ min: 0.5, max: 2 }), 'x')).to.equal('Expected a number from 0.5 to 2.');
  });

  it('says what a file name is', () => {
    for (const name of ['../x.jpg', '', '.x', 'a b', 'a'.repeat(201)])
      expect(hintOf(s.filename(), name), name).to.match(
        /^Expected a file name without a path: 1 to 200 letters/,
      );
  });

  it('names the bounds of every number that a method takes', () => {
    const numbers = METHODS.flatMap(({ name, params }) =>
      Object.entries(params.properties as Record<string, Schema>)
        .filter(([, { type }]) => type === 'integer' || type === 'number')
        .map(([param, schema]) => ({ name, params, param, schema })),
    );
    expect(numbers.length).to.be.greaterThan(5);
    for (const { name, params, param, schema } of numbers) {
      const { data } = compile(params).fault({ [param]: 'x', ...otherParams(params, param) });
      expect(data['param'], `${name}.${param}`).to.equal(param);
      const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
      const bounds = [minimum, maximum].filter((bound) => bound !== undefined);
      for (const bound of bounds) expect(data['hint'], `${name}.${param}`).to.include(String(bound));
    }
  });
});

/** Something for what is required beside it. */
function otherParams({ required = [], properties = {} }: Schema, param: string): Record<string, string> {
  const names = (required as readonly string[]).filter((name) => name !== param);
  const choiceOf = (name: string): string | undefined =>
    ((properties as Record<string, Schema>)[name]?.['anyOf'] as { const: string }[] | undefined)?.[0]?.const;
  return Object.fromEntries(
    names.map((name) => [name, choiceOf(name) ?? (name === 'device' ? 'camera0' : 'a.mp4')]),
  );
}
