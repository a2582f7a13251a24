/** Streams that were changed on their way, and such that were made to be expensive. */
import { expect } from 'chai';
import { KlvDemuxer } from '../../../adapters/_shared/mpegts/klv-demuxer.js';
import { readPacket } from '../../../adapters/telemetry-decoder/misb-st0601/packet.js';
import { readTelemetry } from '../../../plugins/guard/telemetry-shape.js';
import { collectGarbage } from '../../../plugins/leftovers/collect-garbage.js';
import { mutated, randomBytes, randomFrom } from '../../contract/telemetry-decoder.hostile.js';
import { expectLinear } from '../../worlds/growth.js';
import { complete, item } from '../../worlds/klv-encoder.js';
import { ASYNC, cell, PACKET_BYTES, SYNC, TsMuxer, VIDEO } from '../../worlds/ts-muxer.js';

const PACKETS = 100_000;
const MIB = 1024 * 1024;

function sample(): Buffer {
  const mux = new TsMuxer();
  const text = Buffer.alloc(300, 'x');
  const parts = [mux.tables([VIDEO, ASYNC, SYNC])];
  for (let index = 0; index < 6; index++) {
    const message = complete([item(5, Buffer.of(index, 1)), item(3, text)]);
    parts.push(mux.payload(VIDEO.pid, Buffer.alloc(400, index), { pcr: index * 9_000 }));
    parts.push(mux.async(message, index * 9_000, { isSized: index % 2 === 0 }));
    parts.push(
      mux.sync(
        [cell(message.subarray(0, 200), { kind: 2 }), cell(message.subarray(200), { kind: 1 })],
        index,
      ),
    );
  }
  return Buffer.concat(parts);
}

describe('mutated MPEG-TS', function () {
  this.timeout(120_000);

  it('never throws, gives sound telemetry, and leaves nothing behind', () => {
    const random = randomFrom(1402);
    const stream = sample();
    const rounds = Math.ceil(PACKETS / (stream.length / PACKET_BYTES));
    const seen = { units: 0, incomplete: 0, gaps: 0, damagedTables: 0, resyncs: 0, lostFragments: 0 };
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < rounds; round++) {
      let bytes: Uint8Array = stream;
      for (let change = round % 12; change >= 0; change--) bytes = damaged(bytes, random);
      const demuxer = new KlvDemuxer();
      const half = Math.floor(random() * bytes.length);
      for (const units of [
        demuxer.push(bytes.subarray(0, half)),
        demuxer.push(bytes.subarray(half)),
        demuxer.end(),
      ])
        for (const { data, mediaTime } of units) {
          expect(mediaTime ?? 0).to.satisfy(Number.isFinite);
          readTelemetry(readPacket({ data, arrivedAt: 0 }));
        }
      const { stats } = demuxer;
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += stats[key];
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).to.be.below(8 * MIB);
    for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.above(20);
  });

  /** Each is of one kind: what a stream is made of again and again. */
  const mux = new TsMuxer();
  const tables = mux.tables([ASYNC, SYNC]);
  const start = Buffer.from('000001bd0000840000', 'hex');
  const EXPENSIVE: Readonly<Record<string, (packets: number) => Buffer>> = {
    zeros: (count) => Buffer.alloc(count * PACKET_BYTES),
    'bytes with which packets begin': (count) => Buffer.alloc(count * PACKET_BYTES, 0x47),
    'random bytes': (count) => Buffer.from(randomBytes(randomFrom(2), count * PACKET_BYTES)),
    tables: (count) => Buffer.concat(Array.from({ length: count / 2 }, () => tables)),
    'a unit without end': (count) =>
      Buffer.concat([
        tables,
        new TsMuxer().payload(ASYNC.pid, Buffer.concat([start, Buffer.alloc(count * 184)])),
      ]),
    'fragments without end': (count) => {
      const fragments = Array.from({ length: count }, (_, at) =>
        cell(Buffer.alloc(100), { kind: at === 0 ? 2 : 0, sequence: at }),
      );
      const own = new TsMuxer();
      return Buffer.concat([own.tables([SYNC]), ...fragments.map((each) => own.sync([each], 0))]);
    },
    'units of a byte': (count) => {
      const own = new TsMuxer();
      return Buffer.concat([
        own.tables([ASYNC]),
        ...Array.from({ length: count }, () => own.async(Buffer.of(6), 0)),
      ]);
    },
  };
  for (const [what, make] of Object.entries(EXPENSIVE))
    it(`costs in proportion to its length: ${what}`, async () => {
      const run = (bytes: Buffer): void => {
        const demuxer = new KlvDemuxer();
        for (let at = 0; at < bytes.length; at += 65_536) [...demuxer.push(bytes.subarray(at, at + 65_536))];
        [...demuxer.end()];
      };
      await expectLinear({ make, run, largest: 16_384 }, what);
    });
});

/** Changes a few bytes, or leaves packets out, doubles or moves them. */
function damaged(bytes: Uint8Array, random: () => number): Uint8Array {
  if (random() < 0.7) {
    const at = Math.floor(random() * bytes.length);
    const part = bytes.subarray(at, at + 300);
    if (part.length === 0) return bytes;
    return Buffer.concat([bytes.subarray(0, at), mutated(part, random), bytes.subarray(at + 300)]);
  }
  const at = Math.floor((random() * bytes.length) / PACKET_BYTES) * PACKET_BYTES;
  const packet = bytes.subarray(at, at + PACKET_BYTES);
  const rest = bytes.subarray(at + PACKET_BYTES);
  if (random() < 0.4) return Buffer.concat([bytes.subarray(0, at), rest]);
  return Buffer.concat([
    bytes.subarray(0, at),
    packet,
    rest.subarray(0, PACKET_BYTES),
    packet,
    rest.subarray(PACKET_BYTES),
  ]);
}
