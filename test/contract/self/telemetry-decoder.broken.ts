import { PortError } from '../../../ports/port-error.js';
import {
  TELEMETRY_LIMITS,
  type TelemetryDecoder,
  type TelemetryField,
  type TelemetryPacket,
  type TelemetryRecord,
  type TelemetryResult,
  type TelemetryStream,
} from '../../../ports/telemetry-decoder.js';
import { memoryTelemetryWorld } from '../../worlds/memory-telemetry-world.js';
import type { TelemetryWorld } from '../telemetry-decoder.contract.js';
import type { Broken } from './expect-caught.js';

type Decode = TelemetryStream['decode'];

/** @param spoil called once for each stream. */
function decoding(spoil: (good: Decode) => Decode): TelemetryWorld {
  return memoryTelemetryWorld((good) => ({
    ...good,
    open: async (encoding, signal) => {
      const stream = await good.open(encoding, signal);
      return { decode: spoil((packet) => stream.decode(packet)) };
    },
  }));
}

function opening(open: (good: TelemetryDecoder) => TelemetryDecoder['open']): TelemetryWorld {
  return memoryTelemetryWorld((good) => ({ ...good, open: open(good) }));
}

function result(change: (good: TelemetryResult) => TelemetryResult): TelemetryWorld {
  return decoding((good) => (packet) => change(good(packet)));
}

function records(change: (good: TelemetryRecord) => TelemetryRecord): TelemetryWorld {
  return result((good) => ({ ...good, records: good.records.map(change) }));
}

function fields(change: (good: TelemetryField) => unknown): TelemetryWorld {
  return records((good) => ({ ...good, fields: good.fields.map((each) => change(each) as TelemetryField) }));
}

const quiet = result((good) => ({ records: good.records, problems: [] }));
const trusting = records((good) => ({ ...good, checksum: 'valid', problems: [] }));
const silentlyInvalid = records((good) => ({ ...good, problems: [] }));
const NOTHING: TelemetryResult = { records: [], problems: [] };

/** As of a decoder that was written for correct packets only. */
function fragile(isFatal: (good: TelemetryResult, packet: TelemetryPacket) => boolean): TelemetryWorld {
  return decoding((good) => (packet) => {
    const decoded = good(packet);
    if (isFatal(decoded, packet)) throw new RangeError('offset is out of bounds');
    return decoded;
  });
}

const pending = decoding((good) => {
  let rest = Buffer.alloc(0);
  return ({ data, ...times }) => {
    rest = Buffer.concat([rest, data]);
    const decoded = good({ ...times, data: rest });
    if (decoded.problems.length === 0) rest = Buffer.alloc(0);
    return decoded;
  };
});

/** All streams of all decoders count together. */
let count = 0;
const counting = decoding((good) => (packet) => {
  const { records: found, problems } = good(packet);
  count += found.length;
  const counted = found.map((record) => ({ ...record, timestamp: count }));
  return { records: counted, problems };
});

const shared: { records: TelemetryRecord[]; problems: TelemetryResult['problems'] } = {
  records: [],
  problems: [],
};
const reusing = decoding((good) => (packet) => {
  const decoded = good(packet);
  shared.records.splice(0, shared.records.length, ...decoded.records);
  shared.problems = decoded.problems;
  return shared;
});

const lazy = decoding((good) => (packet) => {
  let found: TelemetryResult['records'] | undefined;
  return {
    get records() {
      return (found ??= good(packet).records);
    },
    problems: good(packet).problems,
  };
});

const kept: unknown[] = [];
const hoarding = decoding((good) => (packet) => {
  kept.push(packet.data);
  return good(packet);
});
const remembering = decoding((good) => (packet) => {
  const decoded = good(packet);
  kept.push(decoded.records);
  return decoded;
});

/** Looks through the whole packet again every now and then. */
const quadratic = decoding((good) => (packet) => {
  const { data } = packet;
  let found = 0;
  for (let at = 0; at < data.length; at += 1024) found += Number(data.includes(1));
  return found < 0 ? NOTHING : good(packet);
});

const unlimited = decoding((good) => (packet) => {
  const { records: found, problems } = good(packet);
  const one = found[0];
  if (one === undefined) return { records: found, problems };
  const many = Math.max(1, Math.floor(packet.data.length / 100));
  return { records: Array.from({ length: many }, () => one), problems };
});

const large = decoding((good) => (packet) => {
  const { packetBytes } = TELEMETRY_LIMITS;
  return good(packet.data.length > packetBytes ? { ...packet, data: packet.data.subarray(0, 200) } : packet);
});

const scribbling = decoding((good) => (packet) => {
  const decoded = good(packet);
  packet.data[0] = 0;
  return decoded;
});

export const brokenDecoders: readonly Broken<TelemetryWorld>[] = [
  { rule: 'opens', world: opening((good) => (_encoding, signal) => good.open('memory', signal)) },
  { rule: 'opens', world: opening(() => () => Promise.reject(new PortError('UNSUPPORTED'))) },
  {
    rule: 'opens',
    world: opening((good) => (encoding, signal) => {
      if (encoding !== 'memory') throw new PortError('UNSUPPORTED');
      return good.open(encoding, signal);
    }),
  },
  {
    rule: 'aborts',
    world: opening((good) => (encoding) => good.open(encoding, new AbortController().signal)),
  },
  {
    rule: 'leaves-nothing',
    world: opening((good) => (encoding, signal) => {
      setInterval(() => undefined, 60_000).unref();
      return good.open(encoding, signal);
    }),
  },
  { rule: 'decodes', world: decoding(() => () => NOTHING) },
  { rule: 'decodes', world: fields((field) => ({ ...field, value: JSON.stringify(field.value) })) },
  { rule: 'decodes', world: records((good) => ({ ...good, checksum: 'absent' })) },
  { rule: 'decodes', world: records((good) => ({ ...good, problems: [{ code: 'odd', message: 'odd' }] })) },
  { rule: 'plain-data', world: fields((field) => ({ ...field, value: Number.NaN })) },
  { rule: 'plain-data', world: fields((field) => ({ ...field, value: 7n })) },
  { rule: 'plain-data', world: fields((field) => ({ ...field, unit: undefined })) },
  { rule: 'plain-data', world: fields((field) => ({ ...field, name: '' })) },
  { rule: 'plain-data', world: fields((field) => ({ ...field, value: new Date(0) })) },
  { rule: 'plain-data', world: records((good) => ({ ...good, standard: '' })) },
  { rule: 'plain-data', world: records((good) => ({ ...good, timestamp: -1 })) },
  { rule: 'plain-data', world: records((good) => ({ ...good, checksum: 'ok' as 'valid' })) },
  {
    rule: 'plain-data',
    world: result((good) => ({ ...good, problems: [{ code: 'Not A Word', message: 'x' }] })),
  },
  {
    rule: 'at-once',
    world: decoding((good) => (packet) => Promise.resolve(good(packet)) as unknown as TelemetryResult),
  },
  { rule: 'several', world: result((good) => ({ ...good, records: good.records.slice(0, 1) })) },
  { rule: 'several', world: result((good) => ({ ...good, records: [...good.records].reverse() })) },
  { rule: 'owns-result', world: scribbling },
  { rule: 'owns-result', world: lazy },
  { rule: 'keeps-result', world: reusing },
  { rule: 'independent', world: counting },
  { rule: 'recovers', world: pending },
  { rule: 'truncated', world: quiet },
  { rule: 'truncated', world: fragile(({ problems }) => problems.length > 0) },
  { rule: 'nonsense', world: quiet },
  { rule: 'nonsense', world: fragile((_good, { data }) => data.length === 0) },
  { rule: 'mutated', world: fragile(({ records: [first] }) => first?.checksum === 'invalid') },
  { rule: 'checksum', world: trusting },
  { rule: 'checksum', world: silentlyInvalid },
  { rule: 'oversized', world: large },
  { rule: 'bounded', world: unlimited },
  { rule: 'linear', world: quadratic },
  { rule: 'forgets', world: hoarding },
  { rule: 'forgets', world: remembering },
];
