/** KLV out of MPEG-TS: both carriages, and what happens to streams on their way. */
import { expect } from 'chai';
import fc from 'fast-check';
import { KlvDemuxer, type KlvUnit } from '../../../adapters/_shared/mpegts/klv-demuxer.js';
import { ASYNC, cell, klvUnit, PACKET_BYTES, SYNC, TsMuxer, VIDEO } from '../../worlds/ts-muxer.js';

const SECOND = 90_000;
const WRAP = 2 ** 33;
const { isBuffer } = Buffer;

function run(bytes: Buffer | readonly Buffer[], chunk = Infinity): { units: KlvUnit[]; demuxer: KlvDemuxer } {
  const all = isBuffer(bytes) ? bytes : Buffer.concat(bytes);
  const demuxer = new KlvDemuxer();
  const units: KlvUnit[] = [];
  for (let at = 0; at < all.length; at += chunk)
    units.push(...demuxer.push(Buffer.from(all.subarray(at, Math.min(at + chunk, all.length)))));
  units.push(...demuxer.end());
  return { units, demuxer };
}

const textsOf = (units: readonly KlvUnit[]): readonly string[] =>
  units.map(({ data }) => data.subarray(17).toString());
const packetsOf = (bytes: Buffer): Buffer[] =>
  Array.from({ length: bytes.length / PACKET_BYTES }, (_, at) =>
    bytes.subarray(at * PACKET_BYTES, (at + 1) * PACKET_BYTES),
  );

/** A feed with a unit of each carriage every tenth of a second. */
function feed(count: number, from = 0): Buffer[] {
  const mux = new TsMuxer();
  const parts = [mux.tables([VIDEO, ASYNC, SYNC])];
  for (let index = 0; index < count; index++) {
    const ticks = (from + (index * SECOND) / 10) % WRAP;
    parts.push(mux.payload(VIDEO.pid, Buffer.alloc(700, index), { pcr: ticks }));
    parts.push(mux.async(klvUnit(`a${String(index)}`), ticks));
    parts.push(mux.sync([cell(klvUnit(`s${String(index)}`), { sequence: index })], ticks));
  }
  return parts;
}

describe('KLV in MPEG-TS', () => {
  it('is found in both carriages, with its times, whatever the chunks are', () => {
    const bytes = Buffer.concat(feed(20));
    for (const chunk of [Infinity, 1316, 188, 100, 1]) {
      const { units, demuxer } = run(bytes, chunk);
      const expected = Array.from({ length: 20 }, (_, at) => [`a${String(at)}`, `s${String(at)}`]).flat();
      expect([...textsOf(units)].sort(), String(chunk)).to.deep.equal([...expected].sort());
      for (const unit of units) {
        const index = Number(textsOf([unit])[0]?.slice(1));
        expect(unit.mediaTime).to.be.closeTo(index / 10, 1e-9);
        expect(unit).to.include({ program: 1, isTimed: true, isComplete: true });
        const isSync = textsOf([unit])[0]?.startsWith('s') === true;
        expect(unit).to.include(
          isSync ? { carriage: 'synchronous', pid: 0x102 } : { carriage: 'asynchronous', pid: 0x101 },
        );
      }
      const { packets, units: count, ...troubles } = demuxer.stats;
      expect({ packets, count }).to.deep.equal({ packets: bytes.length / PACKET_BYTES, count: 40 });
      expect(
        Object.values(troubles).every((value) => value === 0),
        JSON.stringify(troubles),
      ).to.equal(true);
    }
  });

  it('is passed on as soon as it is complete', () => {
    const mux = new TsMuxer();
    const demuxer = new KlvDemuxer();
    const bytes = Buffer.concat([mux.tables([ASYNC]), mux.async(klvUnit('now'), 0)]);
    // Three packets prove where packets begin; here only the last one could be missing.
    expect(textsOf([...demuxer.push(bytes)])).to.deep.equal(['now']);
  });

  it('has the time of its programme where it has none of its own', () => {
    const mux = new TsMuxer();
    const { units } = run([
      mux.tables([ASYNC]),
      mux.async(klvUnit('first')),
      mux.clock(ASYNC.pid, 5 * SECOND),
      mux.async(klvUnit('second')),
      mux.async(klvUnit('third'), 7 * SECOND),
      mux.async(klvUnit('fourth')),
    ]);
    expect(units.map(({ mediaTime, isTimed }) => [mediaTime, isTimed])).to.deep.equal([
      ...[
        [undefined, false],
        [5, false],
      ],
      ...[
        [7, true],
        [7, false],
      ],
    ]);
  });

  it('is on one timeline when 33 bits are over', () => {
    const { units } = run(feed(20, WRAP - SECOND));
    const times = units.filter(({ pid }) => pid === ASYNC.pid).map(({ mediaTime = 0 }) => mediaTime);
    times.slice(1).forEach((time, at) => expect(time - (times[at] ?? 0)).to.be.closeTo(0.1, 1e-6));
    expect(times.at(-1)).to.be.greaterThan(WRAP / SECOND);
  });

  it('may be longer than a packet, without a length, and several units in one PES packet', () => {
    const mux = new TsMuxer();
    const long = klvUnit('x'.repeat(5_000));
    const both = Buffer.concat([klvUnit('one'), klvUnit('two')]);
    const { units } = run([
      mux.tables([ASYNC, SYNC]),
      mux.async(long, 0),
      mux.async(klvUnit('y'.repeat(3_000)), 1, { isSized: false }),
      mux.async(both, 2),
      mux.sync([cell(klvUnit('c1')), cell(klvUnit('c2'), { sequence: 1 })], 3),
    ]);
    const found = units.map(({ data }) => data.toString('latin1'));
    expect(found).to.have.members([
      long.toString('latin1'),
      klvUnit('y'.repeat(3_000)).toString('latin1'),
      both.toString('latin1'),
      ...['c1', 'c2'].map((text) => klvUnit(text).toString('latin1')),
    ]);
  });

  it('may be spread over cells, also of several PES packets and services', () => {
    const mux = new TsMuxer();
    const whole = klvUnit('0123456789'.repeat(30));
    const parts = [whole.subarray(0, 100), whole.subarray(100, 250), whole.subarray(250)];
    const kinds = [2, 0, 1];
    const cells = parts.map((part, at) => cell(part, { sequence: at, kind: kinds[at] ?? 3 }));
    const { units, demuxer } = run([
      mux.tables([SYNC]),
      mux.sync(cells.slice(0, 1), 0),
      mux.sync([cell(klvUnit('other'), { service: 7 }), ...cells.slice(1)], 1),
    ]);
    expect(textsOf(units.slice(0, 1))).to.deep.equal(['other']);
    expect(units[1]?.data).to.deep.equal(whole);
    expect(demuxer.stats).to.include({ sequenceGaps: 0, lostFragments: 0, incomplete: 0 });
  });

  it('counts numbers of cells that are missing, but not those of encoders that do not count', () => {
    const numbered = (numbers: readonly number[]): number => {
      const mux = new TsMuxer();
      const cells = numbers.map((sequence) => mux.sync([cell(klvUnit('x'), { sequence })], 0));
      return run([mux.tables([SYNC]), ...cells]).demuxer.stats.sequenceGaps;
    };
    expect(numbered([0, 0, 0, 0])).to.equal(0);
    expect(numbered([254, 255, 0, 1])).to.equal(0);
    expect(numbered([1, 2, 5, 6])).to.equal(1);
  });

  it('tells of fragments without beginning or end', () => {
    const mux = new TsMuxer();
    const half = klvUnit('half').subarray(0, 10);
    const { units, demuxer } = run([
      mux.tables([SYNC]),
      mux.sync([cell(half, { kind: 1 })], 0),
      mux.sync([cell(half, { kind: 2 })], 1),
      mux.sync([cell(klvUnit('whole'))], 2),
    ]);
    expect(textsOf(units)).to.deep.equal(['whole']);
    expect(demuxer.stats.lostFragments).to.equal(2);
  });

  it('is found when stream type, identifier and descriptors contradict each other', () => {
    const mux = new TsMuxer();
    const bare = { pid: 0x110, type: 0x06 };
    const id3 = { pid: 0x111, type: 0x15, descriptors: Buffer.from('2605ffff49443320', 'hex') };
    const foreign = { pid: 0x112, type: 0x06, descriptors: Buffer.from('0504414e5620', 'hex') };
    const { units } = run([
      mux.tables([bare, id3, foreign, SYNC]),
      mux.async(klvUnit('no descriptor'), 0, { stream: bare }),
      mux.async(Buffer.from('subtitles'), 0, { stream: bare }),
      mux.async(klvUnit('other format'), 0, { stream: foreign }),
      // As ffmpeg writes it: the identifier of cells, and no cells.
      mux.async(klvUnit('no cells'), 0, { stream: bare, streamId: 0xfc }),
      mux.async(klvUnit('private'), 0, { stream: SYNC }),
      mux.async(cell(klvUnit('cells')), 0, { stream: SYNC }),
    ]);
    expect(textsOf(units)).to.deep.equal(['no descriptor', 'no cells', 'private', 'cells']);
  });
});

describe('MPEG-TS that was damaged on its way', () => {
  const whole = Buffer.concat(feed(30));
  const packets = packetsOf(whole);

  it('is read on after bytes that are none of it', () => {
    // G is the byte with which packets begin.
    const noise = Buffer.from('no packet, Good Grief! '.repeat(40));
    const middle = 60 * PACKET_BYTES;
    const { units, demuxer } = run([noise, whole.subarray(0, middle), noise, whole.subarray(middle)], 1000);
    expect(units).to.have.lengthOf(60);
    expect(demuxer.stats).to.include({ resyncs: 2, skippedBytes: 2 * noise.length, gaps: 0 });
  });

  it('costs one packet at most when bytes between begin like one', () => {
    const middle = 60 * PACKET_BYTES;
    const { units } = run([whole.subarray(0, middle), Buffer.alloc(500, 0x47), whole.subarray(middle)]);
    expect(units.length).to.be.at.least(58);
  });

  it('may begin and end in the middle of a packet', () => {
    const { units, demuxer } = run(whole.subarray(100, -50));
    expect(units.length).to.be.at.most(60);
    expect(demuxer.stats.skippedBytes).to.equal(88 + 138);
  });

  it('may have each packet twice', () => {
    const { units, demuxer } = run(packets.flatMap((each) => [each, each]));
    expect(units).to.have.lengthOf(60);
    expect(demuxer.stats).to.include({ duplicates: packets.length, gaps: 0 });
  });

  it('lacks packets: each gap is counted, and units that lack their end are told', () => {
    const mux = new TsMuxer();
    const long = (name: string): Buffer => klvUnit(name.padEnd(1_000, '.'));
    const parts = packetsOf(
      Buffer.concat([
        mux.tables([ASYNC]),
        ...['one', 'two', 'three'].map((name) => mux.async(long(name), 0)),
      ]),
    );
    // Tables take two packets, each unit six.
    const { units, demuxer } = run(parts.filter((_, at) => at !== 10));
    expect(demuxer.stats).to.include({ gaps: 1, lostPackets: 1, incomplete: 1, units: 3 });
    expect(units.map(({ isComplete }) => isComplete)).to.deep.equal([true, false, true]);
    expect(units[1]?.data.length).to.be.lessThan(500);
    expect(long('two').subarray(0, 100)).to.deep.equal(units[1]?.data.subarray(0, 100));
  });

  it('keeps the cells that came before a missing packet', () => {
    const mux = new TsMuxer();
    const cells = [cell(klvUnit('first')), cell(klvUnit('second'.padEnd(400, '.')), { sequence: 1 })];
    const parts = packetsOf(
      Buffer.concat([mux.tables([SYNC]), mux.sync(cells, 0), mux.sync([cell(klvUnit('third'))], 1)]),
    );
    const { units } = run(parts.filter((_, at) => at !== 3));
    const told = units.map((unit) => [unit.data.includes('second'), unit.isComplete]);
    expect(told).to.deep.equal([
      [false, true],
      [true, false],
      [false, true],
    ]);
  });

  it('may begin its counters anew where it says so', () => {
    const mux = new TsMuxer();
    const other = new TsMuxer();
    other.payload(ASYNC.pid, Buffer.alloc(900), { isStart: false });
    const next = klvUnit('next');
    const pes = Buffer.concat([Buffer.from('000001bd0000840000', 'hex'), next]);
    const silent = Buffer.from(mux.clock(ASYNC.pid, 0));
    silent[5] = (silent[5] ?? 0) | 0x80;
    for (const parts of [
      [mux.async(klvUnit('one'), 0), other.payload(ASYNC.pid, pes, { isDiscontinuity: true })],
      [mux.async(klvUnit('one'), 0), silent, other.async(next)],
    ]) {
      const { units, demuxer } = run([new TsMuxer().tables([ASYNC]), ...parts]);
      expect(textsOf(units)).to.deep.equal(['one', 'next']);
      expect(demuxer.stats.gaps).to.equal(0);
    }
  });

  it('goes on with other PIDs, programme numbers and tables', () => {
    const mux = new TsMuxer();
    const moved = { ...ASYNC, pid: 0x1ab };
    const { units, demuxer } = run([
      mux.tables([VIDEO, ASYNC]),
      mux.async(klvUnit('before'), 0),
      mux.tables([VIDEO, moved], { version: 1 }),
      mux.async(klvUnit('lost'), 0),
      mux.async(klvUnit('moved'), 1, { stream: moved }),
      mux.tables([moved], { program: 7, pmtPid: 0x200, version: 2 }),
      mux.async(klvUnit('seven'), 2, { stream: moved }),
    ]);
    expect(textsOf(units)).to.deep.equal(['before', 'moved', 'seven']);
    expect(units.map(({ program }) => program)).to.deep.equal([1, 1, 7]);
    expect(demuxer.programs.map(({ program }) => program)).to.deep.equal([7]);
  });

  it('has damaged tables, packets marked as damaged, and scrambled ones', () => {
    const mux = new TsMuxer();
    const tables = mux.tables([ASYNC]);
    const broken = Buffer.from(tables);
    broken[PACKET_BYTES + 20] = (broken[PACKET_BYTES + 20] ?? 0) ^ 1;
    const marked = Buffer.from(mux.async(klvUnit('marked'), 0));
    marked[1] = (marked[1] ?? 0) | 0x80;
    const scrambled = Buffer.from(mux.async(klvUnit('scrambled'), 0));
    scrambled[3] = (scrambled[3] ?? 0) | 0x80;
    const { units, demuxer } = run([
      broken,
      mux.tables([ASYNC]),
      marked,
      scrambled,
      mux.async(klvUnit('good'), 0),
    ]);
    expect(textsOf(units)).to.deep.equal(['good']);
    expect(demuxer.stats).to.include({ damagedTables: 1, damagedPackets: 1, scrambledPackets: 1 });
  });

  it('does not collect a unit without end', () => {
    const mux = new TsMuxer();
    const parts = [
      mux.tables([ASYNC]),
      mux.payload(
        ASYNC.pid,
        Buffer.concat([Buffer.from('000001bd0000840000', 'hex'), Buffer.alloc(1_200_000)]),
      ),
    ];
    const { units, demuxer } = run(parts, 1316);
    expect(units).to.deep.equal([]);
    expect(demuxer.stats.oversized).to.equal(1);
  });

  it('loses no unit whose packets are all there, wherever packets are missing, doubled, or bytes put in', () => {
    // Enough packets in a row to be known as such.
    const tables = Buffer.concat([packets[0], packets[1], packets[0], packets[1]] as Buffer[]);
    const body = packets.slice(2);
    const change = fc.record({
      at: fc.nat(body.length - 1),
      kind: fc.constantFrom('lose', 'double', 'noise'),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 8 }),
        fc.integer({ min: 1, max: 4_000 }),
        (changes, chunk) => {
          const kinds = new Map(changes.map(({ at, kind }) => [at, kind]));
          const parts = body.flatMap((packet, at) => {
            const kind = kinds.get(at);
            if (kind === 'lose') return [];
            if (kind === 'double') return [packet, packet];
            return kind === 'noise' ? [Buffer.from('no Guard'), packet] : [packet];
          });
          // Each unit of the feed is in a packet of its own.
          const there = body.filter((packet, at) => kinds.get(at) !== 'lose' && /^\d+$/.test(nameIn(packet)));
          const { units } = run([tables, ...parts, ...packets.slice(-1), ...packets.slice(-1)], chunk);
          const found = new Set(textsOf(units).map((text) => text.slice(1)));
          for (const packet of there) expect(found.has(nameIn(packet)), nameIn(packet)).to.equal(true);
        },
      ),
      { numRuns: 60, seed: 1402 },
    );
  });
});

/** The number of the unit in a packet of the feed; something else where there is none. */
function nameIn(packet: Buffer): string {
  const at = packet.indexOf(Buffer.from('060e2b34', 'hex'));
  return at === -1 ? 'none' : packet.subarray(at + 18).toString('latin1');
}
