/** What it costs to find KLV in a feed and to decode it. */
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { KlvDemuxer } from '../../adapters/_shared/mpegts/klv-demuxer.js';
import { createMisbSt0601Decoder } from '../../adapters/telemetry-decoder/misb-st0601/misb-st0601-decoder.js';
import { FaultBook } from '../../plugins/guard/fault-book.js';
import { guardAdapter } from '../../plugins/guard/guard-adapter.js';
import { complete, item, linear, symmetric } from '../worlds/klv-encoder.js';
import { ASYNC, TsMuxer, VIDEO } from '../worlds/ts-muxer.js';
import type { Bench } from './bench.js';
import { median, type Row } from './table.js';

const RATE = 10;
const SECONDS = 10;
const BITS_PER_SECOND = 10_000_000;
const ROUNDS = 5;

export const telemetry: Bench = {
  name: 'telemetry',
  run: async ({ quick }) => [await decoding(quick ? 1_000 : 10_000), demuxing()],
};

/** As many items as a feed usually has. */
const message = complete([
  ...[3, 4, 10, 11, 12].map((tag) => item(tag, Buffer.from('Predator B 12'))),
  ...[5, 16, 17, 64].map((tag) => item(tag, linear(100, 2, [0, 360]))),
  ...[13, 14, 23, 24, 82, 83, 84, 85, 86, 87, 88, 89].map((tag) => item(tag, symmetric(12.5, 4, 180))),
  item(48, item(1, Buffer.of(1))),
]);

async function decoding(count: number): Promise<Row> {
  const deps = { clock: createSystemClock(), faults: new FaultBook(createMemoryLogger()) };
  const as = { plugin: 'bench', name: 'misb-st0601', isRequired: true };
  const decoder = guardAdapter('TelemetryDecoder', createMisbSt0601Decoder(), { as, deps });
  const stream = await decoder.open('klv', new AbortController().signal);
  const packet = { data: message, arrivedAt: 0 };
  const text = JSON.stringify(stream.decode(packet));
  const us = medianUs(count, () => stream.decode(packet));
  const referenceUs = medianUs(count, () => JSON.parse(text));
  return {
    what: `decode a KLV message of ${String(message.length)} bytes, through the guard`,
    figure: `${us.toFixed(1)} µs`,
    reference: `${referenceUs.toFixed(1)} µs (JSON.parse of the same record)`,
    ratio: us / referenceUs,
    goal: 'below 500 µs',
    isHeld: us < 500,
  };
}

function demuxing(): Row {
  const mux = new TsMuxer();
  const frame = Buffer.alloc(BITS_PER_SECOND / 8 / RATE, 0x55);
  const parts = Array.from({ length: RATE * SECONDS }, (_, at) => [
    mux.tables([VIDEO, ASYNC]),
    mux.payload(VIDEO.pid, frame, { pcr: at * 9_000 }),
    mux.async(message, at * 9_000),
  ]);
  const bytes = Buffer.concat(parts.flat());
  const shares = Array.from({ length: ROUNDS }, () => {
    const from = process.cpuUsage();
    const demuxer = new KlvDemuxer();
    for (let at = 0; at < bytes.length; at += 1_316) [...demuxer.push(bytes.subarray(at, at + 1_316))];
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1e6 / SECONDS;
  });
  const share = median(shares) * 100;
  return {
    what: 'find KLV in a feed of 10 Mbit/s, in datagrams',
    figure: `${share.toFixed(2)} % of a core`,
    reference: '–',
    goal: 'below 5 % of a core',
    isHeld: share < 5,
  };
}

function medianUs(count: number, work: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const from = process.cpuUsage();
    for (let each = 0; each < count; each++) work();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / count;
  });
  return median(rounds);
}
