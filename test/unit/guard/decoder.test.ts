/** The guard before decoders of telemetry, and the service that takes them into use. */
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { encodeMemoryTelemetry } from '../../../adapters/telemetry-decoder/memory/memory-telemetry-decoder.js';
import { FaultBook } from '../../../plugins/guard/fault-book.js';
import { guardAdapter, requireAdapter } from '../../../plugins/guard/guard-adapter.js';
import type { TelemetryDecoder, TelemetryResult, TelemetryStream } from '../../../ports/index.js';
import { createService } from '../config/service-world.js';

const live = (): AbortSignal => new AbortController().signal;
const packet = { data: new Uint8Array(3), arrivedAt: 0 };
const RECORD = { standard: 'S', checksum: 'valid', fields: [], problems: [] };
const field = (value: unknown): object => ({
  records: [{ ...RECORD, fields: [{ id: '1', name: 'n', value }] }],
  problems: [],
});

describe('the guard of a decoder', () => {
  let nowMs: number;
  let reason: string | undefined;

  beforeEach(() => {
    nowMs = 0;
    reason = undefined;
  });

  async function open(decode: () => unknown): Promise<TelemetryStream> {
    const faults = new FaultBook(createMemoryLogger());
    faults.follow((_plugin, fault) => (reason = fault?.reason));
    const adapter = { name: 'x', supports: { encodings: ['x'] }, open: () => Promise.resolve({ decode }) };
    const as = { plugin: 'acme', name: 'x', isRequired: false };
    const clock = { ...createManualClock(), monotonicMs: () => nowMs };
    const deps = { clock, faults };
    const guarded = guardAdapter('TelemetryDecoder', adapter as unknown as TelemetryDecoder, { as, deps });
    return guarded.open('x', live());
  }

  let deep: unknown = 1;
  for (let level = 0; level < 10; level++) deep = [deep];
  const WRONG: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'another type': [7, /it must be an object/],
    'no records': [{ problems: [] }, /records must be a list/],
    'too many records': [{ records: Array(257).fill(RECORD), problems: [] }, /records has 257 entries/],
    'a record without standard': [
      { records: [{ ...RECORD, standard: '' }], problems: [] },
      /standard of a record must be a string/,
    ],
    'an unknown checksum state': [
      { records: [{ ...RECORD, checksum: 'ok' }], problems: [] },
      /checksum of a record/,
    ],
    'a timestamp that is none': [{ records: [{ ...RECORD, timestamp: NaN }], problems: [] }, /timestamp/],
    'a number that JSON does not have': [field(Infinity), /plain JSON data/],
    'a value that JSON does not have': [field(() => 1), /plain JSON data/],
    'a value that is nested too deeply': [field(deep), /nested too deeply/],
    'too much text': [field('x'.repeat(9 * 1024 * 1024)), /more than 8388608 characters/],
    'a problem whose code is a sentence': [
      { records: [], problems: [{ code: 'It is broken', message: 'x' }] },
      /lower-case words/,
    ],
  };
  for (const [what, [value, words]] of Object.entries(WRONG))
    it(`replaces ${what} by a problem, and health names it`, async () => {
      const stream = await open(() => value);
      expect(stream.decode(packet)).to.deep.equal({
        records: [],
        problems: [{ code: 'decoder_failed', message: 'the decoder failed; health names it' }],
      });
      expect(reason).to.match(words).and.include('TelemetryDecoder/x.decode');
    });

  it('hands over a copy of what is sound, and is content again', async () => {
    let value = field({ lat: [1.5, null] });
    const stream = await open(() => (value === undefined ? undefined : value));
    const first = stream.decode(packet);
    expect(first).to.deep.equal(value);
    expect(first.records).not.to.equal((value as TelemetryResult).records);
    value = {};
    stream.decode(packet);
    expect(reason).to.include('decode');
    value = field('again');
    stream.decode(packet);
    expect(reason).to.equal(undefined);
  });

  it('reports a call for which everything had to wait', async () => {
    const stream = await open(() => {
      nowMs += 1_500;
      return field(1);
    });
    expect(stream.decode(packet).records).to.have.lengthOf(1);
    expect(reason).to.include('blocked the service for 1500 ms');
  });

  it('refuses what is no decoder', () => {
    const refused = (adapter: object) => () => requireAdapter('TelemetryDecoder', adapter);
    const good = { name: 'x', supports: { encodings: ['klv'] }, open: () => undefined };
    expect(refused(good)).not.to.throw();
    expect(refused({ ...good, supports: {} })).to.throw('supports.encodings is not a list of names');
    expect(refused({ ...good, open: undefined })).to.throw('without open()');
  });
});

describe('decoders of telemetry in the service', () => {
  it('are made as configured, started, and used behind their guard', async () => {
    const world = await createService({ overrides: ['adapters.telemetry_decoder=memory'] });
    try {
      await world.service.start(live());
      const [decoder] = world.parts.decoders.all;
      const stream = await decoder?.open('memory', live());
      const decoded = stream?.decode({ data: encodeMemoryTelemetry({ altitude: 12 }), arrivedAt: 0 });
      expect(decoded?.records[0]?.fields).to.deep.equal([{ id: 'altitude', name: 'altitude', value: 12 }]);
      const info = await world.call('get_server_info');
      expect(JSON.stringify(info)).to.include('TelemetryDecoder/memory');
    } finally {
      await world.stop();
    }
  });
});
