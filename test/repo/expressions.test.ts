import { expect } from 'chai';
import { TOPIC_NAMES, topicSpec } from '../../core/events/topics.js';
import { METHODS } from '../../core/rpc/methods/index.js';
import { beginnings, expressions, patternsOf, pumps, type Found } from './support/expressions.js';

const LENGTH = 4096;
/** Steps that a text of this length may cost are far below; quadratic ones take hundreds of times as long. */
const SUSPICIOUS_MS = 1;
const ROUNDS = 5;

const patterns = [
  ...METHODS.flatMap(({ name, params }) => patternsOf(params, name)),
  ...TOPIC_NAMES.flatMap((name) => patternsOf(topicSpec(name).payload, name)),
];

/** Processor time of one look, the least of some. */
function costMs(expression: RegExp, text: string, rounds: number): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    // As `replace` does: all matches, and between them every place where there might be one.
    text.replace(expression, '');
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** The text that the expression is slow on, if there is one: slow, and four times as slow for twice as much. */
function slowText({ expression }: Found): string | undefined {
  for (const beginning of beginnings(expression)) {
    for (const pump of pumps(expression)) {
      const text = (length: number): string => `${beginning}${pump.repeat(length / pump.length)}\u0001`;
      if (costMs(expression, text(LENGTH), 1) < SUSPICIOUS_MS) continue;
      const [small, large] = [LENGTH, LENGTH * 4].map((length) => costMs(expression, text(length), ROUNDS));
      if ((large ?? 0) > (small ?? 0) * 8 && (small ?? 0) >= SUSPICIOUS_MS / 2)
        return JSON.stringify(beginning + pump);
    }
  }
  return undefined;
}

describe('regular expressions of the product', function () {
  this.timeout(120_000);

  const found = [...expressions(), ...patterns];

  it('are found', () => {
    expect(found.length).to.be.greaterThan(80);
    expect(patterns.length).to.be.greaterThan(10);
  });

  it('of a kind that a linter does not know are noticed', () => {
    for (const bad of [
      /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
      /unix:.*refused/,
      /"message":"(.*)"\}\s*$/,
      /([?&][^=&#]*(?:key)[^=&#]*=)/,
    ])
      expect(slowText({ place: '', expression: bad }), String(bad)).to.be.a('string');
  });

  it('cost in proportion to the text, on any repetition of their own pieces', () => {
    const known = new Map(found.map((each) => [String(each.expression), each]));
    const slow = [...known.values()].flatMap((each) => {
      const text = slowText(each);
      return text === undefined ? [] : [`${each.place} ${String(each.expression)} on ${text} repeated`];
    });
    expect(slow).to.deep.equal([]);
  });
});
