/** The table of items against one that was made from other sources: `st0601-items.csv`. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Format, Item } from '../../../adapters/telemetry-decoder/misb-st0601/format.js';
import { DECISIONS, ITEMS, SECURITY_ITEMS } from '../../../adapters/telemetry-decoder/misb-st0601/tables.js';

const COLUMNS = ['tag', 'name', 'units', 'type', 'length', 'mapping', 'min', 'max', 'special'] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

const rows: readonly Row[] = readFileSync(new URL('st0601-items.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => Object.fromEntries(line.split(',').map((cell, at) => [COLUMNS[at], cell])) as Row);

/** What the columns say of a format; what they leave open is not compared. */
const FACTS: { readonly [K in Format['kind']]: (format: Extract<Format, { kind: K }>) => Partial<Row> } = {
  linear: ({ bytes, min, max }) => ({
    ...{ type: `uint${String(bytes * 8)}`, length: String(bytes), mapping: 'linear' },
    ...{ min: String(min), max: String(max) },
  }),
  signed: ({ bytes, max }) => ({
    ...{ type: `int${String(bytes * 8)}`, length: String(bytes), mapping: 'linear' },
    ...{ min: String(-max), max: String(max) },
  }),
  imapb: ({ min, max, usual, most }) => ({
    ...{ type: 'imapb', mapping: 'imapb', min: String(min), max: String(max) },
    length: `1..${String(most)} (usual ${String(usual)})`,
  }),
  whole: ({ isSigned, least, most, min, max }) => ({
    type: `${isSigned ? '' : 'u'}int${least === most ? String(most * 8) : ''}`,
    length: least === most ? String(least) : `${String(least)}..${String(most)}`,
    ...(min === undefined ? {} : { min: String(min) }),
    ...(max === undefined ? {} : { max: String(max) }),
  }),
  text: ({ most }) => ({ type: 'utf8', length: `0..${String(most)}`, mapping: 'none' }),
  choice: ({ names }) => ({
    ...{ type: 'uint8', length: '1', mapping: 'enum' },
    max: String(Math.max(...Object.keys(names).map(Number))),
  }),
  bits: () => ({ type: 'uint8', length: '1', mapping: 'enum' }),
  pack: () => ({}),
  set: () => ({ type: 'set' }),
  raw: () => ({ mapping: 'none' }),
};

function factsOf({ format }: Item): Partial<Row> {
  return (FACTS[format.kind] as (given: Format) => Partial<Row>)(format);
}

describe('the items of MISB ST 0601', () => {
  it('are all there, in order', () => {
    expect(ITEMS.map(({ tag }) => tag)).to.deep.equal(Array.from({ length: 143 }, (_, at) => at + 1));
    expect(rows).to.have.lengthOf(143);
  });

  for (const [at, row] of rows.entries())
    it(`have name, unit, length and range of the other table: ${row.tag} ${row.name}`, () => {
      const item = ITEMS[at] as Item;
      expect({ tag: String(item.tag), name: item.name }).to.deep.equal({ tag: row.tag, name: row.name });
      const unit = row.units === 'count' ? '' : row.units;
      if (item.format.kind !== 'set') expect(item.unit ?? '').to.equal(unit);
      const facts = factsOf(item);
      expect(facts).to.deep.equal(
        Object.fromEntries(Object.keys(facts).map((column) => [column, row[column as keyof Row]])),
      );
    });

  it('are decoded in every case in which a mapping is known', () => {
    const raw = ITEMS.filter(({ format }) => format.kind === 'raw').map(({ tag }) => tag);
    // Sets and packs of other standards, and a deprecated one.
    expect(raw).to.deep.equal([66, 73, 74, 95, 97, 98, 99, 102]);
  });

  it('say what was decided where sources differ, for items that there are', () => {
    const named = DECISIONS.flatMap(({ items }) => items.match(/\d+(?:\.\d+)?/g) ?? []);
    const known = [
      ...ITEMS.map(({ tag }) => String(tag)),
      ...SECURITY_ITEMS.map(({ tag }) => `48.${String(tag)}`),
    ];
    expect(named.filter((id) => !known.includes(id))).to.deep.equal([]);
    for (const each of DECISIONS)
      for (const text of [each.items, each.readings, each.chosen, each.why]) expect(text).not.to.equal('');
  });

  it('of ST 0102 are all there, in order', () => {
    expect(SECURITY_ITEMS.map(({ tag }) => tag)).to.deep.equal(Array.from({ length: 24 }, (_, at) => at + 1));
  });
});
