/** Single messages: the published sample, and what must be noticed. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readPacket } from '../../../adapters/telemetry-decoder/misb-st0601/packet.js';
import type { TelemetryRecord, TelemetryResult, TelemetryValue } from '../../../ports/index.js';
import {
  ber,
  complete,
  item,
  message,
  oid,
  ST0601_LABEL,
  TIME_STAMP,
  uint,
  withChecksum,
} from '../../worlds/klv-encoder.js';

const SAMPLE = Buffer.from(
  readFileSync(new URL('misb-st0902-sample.hex', import.meta.url), 'utf8').replaceAll(/\s/g, ''),
  'hex',
);
/** What the publishers say that is in it. */
const NUMBERS: Readonly<Record<string, number>> = {
  ...{ 5: 159.974365, 6: -0.431532, 7: 3.405866, 13: 60.176822967, 14: 128.426759042, 15: 14_190.7195 },
  ...{ 16: 144.571298, 17: 152.643626, 18: 160.719211437, 19: -168.792324834, 20: 176.865437649 },
  ...{ 21: 68_590.983299, 22: 722.819867, 23: -10.5423886331, 24: 29.1578901229, 25: 3216.037232 },
};
const TEXTS: Readonly<Record<string, TelemetryValue>> = {
  ...{
    2: 1_231_798_102_000_000,
    3: 'Mission 12',
    10: 'Predator',
    11: 'EO Nose',
    12: 'Geodetic WGS84',
    65: 6,
  },
  ...{ '48.1': 'UNCLASSIFIED', '48.2': 'STANAG 1059 three letter', '48.3': '//USA', '48.13': 'USA' },
  ...{ '48.12': 'STANAG 1059 three letter', '48.22': 10 },
};

const decode = (data: Uint8Array): TelemetryResult => readPacket({ data, arrivedAt: 0 });
const only = (data: Uint8Array): TelemetryRecord => {
  const { records } = decode(data);
  expect(records).to.have.lengthOf(1);
  return records[0] as TelemetryRecord;
};
const valueOf = (record: TelemetryRecord, id: string): TelemetryValue | undefined =>
  record.fields.find((field) => field.id === id)?.value;
const codesOf = (record: TelemetryRecord): readonly string[] => record.problems.map(({ code }) => code);

describe('the sample message of MISB ST 0902', () => {
  it('has the values that are published with it', () => {
    const record = only(SAMPLE);
    for (const [id, value] of Object.entries(NUMBERS)) {
      const digits = String(value).split('.')[1]?.length ?? 0;
      expect(valueOf(record, id), id).to.be.closeTo(value, 10 ** -Math.min(digits, 9));
    }
    const found = Object.keys(TEXTS).map((id) => [id, valueOf(record, id)]);
    expect(Object.fromEntries(found)).to.deep.equal(TEXTS);
    expect(valueOf(record, '94')).to.deep.equal({
      ...{ version: 1, sensor_kind: 3, sensor_id: 'f592f023-7336-4af8-aa91-62c00f2eb2da' },
      ...{ platform_kind: 2, platform_id: '16b74341-0008-41a0-be36-5b5ab96a3645' },
    });
    expect(record.timestamp).to.equal(Date.UTC(2009, 0, 12, 22, 8, 22));
    expect(record.standard).to.equal('MISB ST 0601');
    expect(record.fields).to.have.lengthOf(30);
  });

  it('has a wrong checksum, which is reported, and the fields all the same', () => {
    const record = only(SAMPLE);
    expect(record.checksum).to.equal('invalid');
    expect(record.problems).to.deep.equal([
      {
        ...{ code: 'checksum_mismatch', field: '1' },
        message: 'the checksum is 0xAA43, and 0x3E1E by the content',
      },
    ]);
  });

  it('is right with the checksum of its content', () => {
    const patched = Buffer.concat([SAMPLE.subarray(0, -2), Buffer.of(0x3e, 0x1e)]);
    expect(only(patched)).to.include({ checksum: 'valid' }).and.have.deep.property('problems', []);
    expect(withChecksum(SAMPLE)).to.deep.equal(patched);
  });

  it('names its fields and their units', () => {
    const { fields } = only(SAMPLE);
    expect(fields.find(({ id }) => id === '13')).to.include({ name: 'Sensor Latitude', unit: 'deg' });
    expect(fields.find(({ id }) => id === '3')).to.deep.equal({
      id: '3',
      name: 'Mission ID',
      value: 'Mission 12',
    });
    expect(fields.find(({ id }) => id === '48.3')).to.include({ name: 'Classifying Country' });
  });
});

describe('a message of MISB ST 0601', () => {
  it('is read with lengths in long form, longer than needed, and with tags of two bytes', () => {
    const unknown = item(300, Buffer.from('0a0b', 'hex'), 4);
    const record = only(complete([unknown, item(129, Buffer.from('T-1'), 2)], 5));
    expect(record.problems).to.deep.equal([]);
    expect(record.fields.find(({ id }) => id === '300')).to.deep.equal({
      id: '300',
      name: 'Item 300',
      value: '0a0b',
    });
    expect(valueOf(record, '129')).to.equal('T-1');
    expect([oid(128), oid(143)]).to.deep.equal([Buffer.of(0x81, 0), Buffer.of(0x81, 0x0f)]);
  });

  it('has the values that sources give for the mapping of ST 1201', () => {
    const record = only(
      complete([item(96, Buffer.from('00d92a', 'hex')), item(103, Buffer.from('2f921e', 'hex'))]),
    );
    expect(valueOf(record, '96')).to.be.closeTo(13_898.5, 1e-9);
    expect(valueOf(record, '103')).to.be.closeTo(23_456.23, 0.01);
  });

  it('has no value where it says so, and the maximum where the code only looks like a special one', () => {
    const specials = ['c8', 'e8', 'd0', 'f0', 'd8', 'f8', 'e0', 'e1', 'c0', '90', '81'];
    for (const first of specials) {
      const record = only(complete([item(112, Buffer.from(`${first}00`, 'hex'))]));
      expect(valueOf(record, '112'), first).to.equal(null);
      expect(codesOf(record), first).to.deep.equal(['special_value']);
    }
    // 2000 is no power of two, 8 bits of 0..100 neither: beyond the range. Items 5 and 6 have codes of their own.
    expect(codesOf(only(complete([item(134, Buffer.of(0x80))])))).to.deep.equal(['out_of_range']);
    const none = only(
      complete([
        item(13, Buffer.from('80000000', 'hex')),
        item(6, Buffer.from('8000', 'hex')),
        item(3, Buffer.alloc(0)),
      ]),
    );
    expect([valueOf(none, '13'), valueOf(none, '6'), valueOf(none, '3')]).to.deep.equal([null, null, null]);
    expect(none.problems).to.deep.equal([]);
    expect(valueOf(only(complete([item(3, Buffer.of(0))])), '3')).to.equal('');
  });

  it('may contain sets of its own items, which are told below the item', () => {
    const inner = Buffer.concat([item(5, uint(65_535, 2)), item(48, item(1, Buffer.of(4)))]);
    const record = only(complete([item(100, inner), item(100, item(5, uint(0, 2)))]));
    expect(record.problems).to.deep.equal([]);
    const told = record.fields.filter(({ id }) => id.startsWith('100.')).map(({ id, value }) => [id, value]);
    expect(told).to.deep.equal([
      ['100.5', 360],
      ['100.48.1', 'SECRET'],
      ['100.5', 0],
    ]);
    let deep = item(5, uint(0, 2));
    for (let level = 0; level < 20; level++) deep = item(100, deep);
    const fields = only(complete([deep])).fields;
    expect(fields.map(({ id }) => id)).to.include('100.100.100.100');
  });

  const WRONG: Readonly<Record<string, readonly [Uint8Array, readonly string[]]>> = {
    'a number of another length': [complete([item(5, Buffer.of(1, 2, 3))]), ['invalid_length']],
    'a name that has no meaning': [complete([item(77, Buffer.of(200))]), ['out_of_range']],
    'a code below its range': [complete([item(62, uint(7, 2))]), ['out_of_range']],
    'bytes that are no text': [complete([item(3, Buffer.of(0xff, 0xfe))]), ['invalid_text']],
    'a text that is too long': [complete([item(3, Buffer.alloc(200, 'x'))]), ['invalid_length']],
    'a number that no double holds': [complete([item(72, Buffer.alloc(8, 0xff))]), ['not_representable']],
    'a pack that ends early': [complete([item(60, Buffer.of(1))]), ['invalid_value']],
    'a pack that is too long': [complete([item(61, Buffer.of(1, 2))]), ['invalid_value']],
    'a frame rate of nothing': [complete([item(127, Buffer.of(25, 0))]), ['invalid_value']],
    'an item twice': [complete([item(5, uint(1, 2)), item(5, uint(2, 2))]), ['repeated_item']],
    'no checksum': [
      Buffer.concat([ST0601_LABEL, ber(13), item(2, uint(TIME_STAMP, 8)), item(65, Buffer.of(19))]),
      ['missing_item'],
    ],
    'no version': [message([item(2, uint(TIME_STAMP, 8))]), ['missing_item']],
    'another item first': [
      message([item(65, Buffer.of(19)), item(2, uint(TIME_STAMP, 8))]),
      ['missing_item'],
    ],
    'a length of the indefinite form': [
      complete([Buffer.of(5, 0x80, 1, 1, 0)]),
      ['truncated', 'missing_item', 'missing_item'],
    ],
    'a tag that never ends': [
      complete([Buffer.alloc(8, 0xff)]),
      ['truncated', 'missing_item', 'missing_item'],
    ],
    'a set in it that ends early': [complete([item(48, Buffer.of(1, 5, 1))]), ['truncated']],
  };
  for (const [what, [data, codes]] of Object.entries(WRONG))
    it(`tells what is wrong with it: ${what}`, () => {
      expect(codesOf(only(data))).to.deep.equal(codes);
    });

  it('keeps what it cannot decode as hexadecimal text, without a unit', () => {
    const { fields } = only(complete([item(5, Buffer.of(1, 2, 3)), item(66, Buffer.of(4, 5))]));
    const told = fields.filter(({ id }) => id === '5' || id === '66');
    expect(told.map(({ value, unit }) => [value, unit])).to.deep.equal([
      ['010203', undefined],
      ['0405', undefined],
    ]);
  });
});

describe('a packet of KLV', () => {
  it('may contain several messages, and bytes between them', () => {
    const other = Buffer.concat([
      Buffer.from('060e2b34020301010e01030302000000', 'hex'),
      ber(3),
      Buffer.of(1, 1, 1),
    ]);
    const parts = [
      Buffer.from('noise'),
      complete(),
      other,
      complete([item(3, Buffer.from('two'))]),
      Buffer.of(6, 0x0e),
    ];
    const { records, problems } = decode(Buffer.concat(parts));
    expect(records.map((record) => [record.checksum, valueOf(record, '3')])).to.deep.equal([
      ['valid', undefined],
      ['valid', 'two'],
    ]);
    expect(problems.map(({ code }) => code)).to.deep.equal(['no_message', 'unknown_message', 'no_message']);
  });

  it('may end too early, or claim more than there is', () => {
    const whole = complete([item(3, Buffer.from('Mission'))]);
    for (const length of [10, 16, 17, whole.length - 1])
      expect(decode(whole.subarray(0, length)).problems.map(({ code }) => code)).to.include('truncated');
    const claims = Buffer.concat([ST0601_LABEL, Buffer.from('88ffffffffffffffff', 'hex'), Buffer.alloc(100)]);
    expect(decode(claims).records).to.deep.equal([]);
  });

  it('is decoded up to the limits, and says that there is more', () => {
    const tiny = Array.from({ length: 1100 }, () => item(5, Buffer.alloc(0)));
    const record = only(complete(tiny));
    expect(record.fields).to.have.lengthOf(1024);
    expect(codesOf(record)).to.include('too_many');
    const many = decode(Buffer.concat(Array.from({ length: 300 }, () => complete())));
    expect(many.records).to.have.lengthOf(256);
    expect(many.problems.map(({ code }) => code)).to.deep.equal(['too_many']);
    const packs = Array.from({ length: 40 }, () => item(116, Buffer.alloc(4_000, 1)));
    expect(codesOf(only(complete(packs)))).to.include('oversized');
    expect(codesOf(only(complete([item(116, Buffer.alloc(5_000, 1))])))).to.include('oversized');
  });
});
