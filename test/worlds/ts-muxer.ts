/** A small MPEG-TS muxer for tests, written from the standard: what it makes, ffmpeg reads as well. */
import { ber } from './klv-encoder.js';

export const PACKET_BYTES = 188;
export const KLVA = Buffer.from('KLVA');
const REGISTRATION = Buffer.concat([Buffer.of(0x05, 4), KLVA]);
/** General metadata application, format KLVA, service 0. */
const METADATA_DESCRIPTOR = Buffer.concat([Buffer.of(0x26, 9, 0x01, 0x00, 0xff), KLVA, Buffer.of(0, 0x0f)]);
const METADATA_STD = Buffer.from('2709c00000c00000c00000', 'hex');

export interface MuxedStream {
  readonly pid: number;
  readonly type: number;
  readonly descriptors?: Buffer;
}

export const ASYNC: MuxedStream = { pid: 0x101, type: 0x06, descriptors: REGISTRATION };
export const SYNC: MuxedStream = {
  pid: 0x102,
  type: 0x15,
  descriptors: Buffer.concat([METADATA_DESCRIPTOR, METADATA_STD]),
};
export const VIDEO: MuxedStream = { pid: 0x100, type: 0x1b };

export interface PacketOptions {
  readonly pcr?: number;
  readonly isStart?: boolean;
  readonly isDiscontinuity?: boolean;
}

/** Makes packets with counters that go on. */
export class TsMuxer {
  readonly #counters = new Map<number, number>();

  /** PAT and PMT. @param version changes when their content does. */
  tables(
    streams: readonly MuxedStream[],
    {
      program = 1,
      pmtPid = 0x1000,
      version = 0,
    }: { readonly program?: number; readonly pmtPid?: number; readonly version?: number } = {},
  ): Buffer {
    const pat = section({ table: 0, id: 1, version }, Buffer.concat([u16(program), u16(0xe000 | pmtPid)]));
    const infos = streams.map(({ pid, type, descriptors = Buffer.alloc(0) }) =>
      Buffer.concat([Buffer.of(type), u16(0xe000 | pid), u16(0xf000 | descriptors.length), descriptors]),
    );
    const pcrPid = streams[0]?.pid ?? 0x1fff;
    const pmt = section(
      { table: 2, id: program, version },
      Buffer.concat([u16(0xe000 | pcrPid), u16(0xf000), ...infos]),
    );
    return Buffer.concat([this.payload(0, withPointer(pat)), this.payload(pmtPid, withPointer(pmt))]);
  }

  /** A PES packet with KLV as it is. @param pts 33 bits; left out where there is none. */
  async(data: Buffer, pts?: number, { stream = ASYNC, isSized = true, streamId = 0xbd } = {}): Buffer {
    return this.payload(stream.pid, pes(data, { streamId, pts, isSized }));
  }

  /** A PES packet with cells. */
  sync(cells: readonly Buffer[], pts: number, { stream = SYNC } = {}): Buffer {
    return this.payload(stream.pid, pes(Buffer.concat(cells), { streamId: 0xfc, pts }));
  }

  /** A packet without payload that tells the time. */
  clock(pid: number, pcr: number): Buffer {
    return this.#packet(pid, Buffer.alloc(0), { pcr });
  }

  /** Splits a payload into packets. */
  payload(pid: number, bytes: Buffer, { isStart = true, ...options }: PacketOptions = {}): Buffer {
    const packets: Buffer[] = [];
    let at = 0;
    do {
      const isFirst = at === 0;
      const room = PACKET_BYTES - 4 - (isFirst && options.pcr !== undefined ? 8 : 0);
      packets.push(
        this.#packet(
          pid,
          bytes.subarray(at, at + room),
          isFirst ? { ...options, isStart } : { isStart: false },
        ),
      );
      at += room;
    } while (at < bytes.length);
    return Buffer.concat(packets);
  }

  #packet(
    pid: number,
    payload: Buffer,
    { pcr, isStart = false, isDiscontinuity = false }: PacketOptions,
  ): Buffer {
    const has = payload.length > 0;
    const last = this.#counters.get(pid) ?? 15;
    const counter = has ? (last + 1) % 16 : last;
    this.#counters.set(pid, counter);
    const flags = (isDiscontinuity ? 0x80 : 0) | (pcr === undefined ? 0 : 0x10);
    const fields = Buffer.concat([Buffer.of(flags), pcr === undefined ? Buffer.alloc(0) : pcrBytes(pcr)]);
    const spare = PACKET_BYTES - 4 - payload.length;
    const adaptation =
      spare === 0
        ? Buffer.alloc(0)
        : adaptationField(spare, flags === 0 && spare < 2 ? Buffer.alloc(0) : fields);
    const control = (spare === 0 ? 0 : 0x20) | (has ? 0x10 : 0);
    const head = Buffer.of(0x47, (isStart ? 0x40 : 0) | (pid >> 8), pid & 0xff, control | counter);
    return Buffer.concat([head, adaptation, payload]);
  }
}

/** A cell of a metadata access unit. @param kind 3 whole, 2 first, 0 middle, 1 last. */
export function cell(data: Buffer, { sequence = 0, kind = 3, service = 0 } = {}): Buffer {
  return Buffer.concat([Buffer.of(service, sequence & 0xff, (kind << 6) | 0x1f), u16(data.length), data]);
}

function adaptationField(length: number, fields: Buffer): Buffer {
  const field = Buffer.alloc(length, 0xff);
  field[0] = length - 1;
  fields.copy(field, 1);
  return field;
}

function pcrBytes(pcr: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt32BE(Math.floor(pcr / 2) % 2 ** 32);
  bytes.writeUInt16BE(((pcr % 2) << 15) | 0x7e00, 4);
  return bytes;
}

function pes(
  data: Buffer,
  { streamId, pts, isSized = true }: { streamId: number; pts?: number | undefined; isSized?: boolean },
): Buffer {
  const header =
    pts === undefined ? Buffer.of(0x84, 0x00, 0) : Buffer.concat([Buffer.of(0x84, 0x80, 5), ptsBytes(pts)]);
  const length = isSized ? header.length + data.length : 0;
  return Buffer.concat([Buffer.of(0, 0, 1, streamId), u16(length), header, data]);
}

function ptsBytes(pts: number): Buffer {
  const [high, middle, low] = [
    Math.floor(pts / 2 ** 30) & 7,
    Math.floor(pts / 2 ** 15) & 0x7fff,
    pts & 0x7fff,
  ];
  return Buffer.concat([
    Buffer.of(0x21 | (high << 1)),
    u16((middle << 1) | 1),
    u16(((low << 1) | 1) & 0xffff),
  ]);
}

function section(
  { table, id, version }: { readonly table: number; readonly id: number; readonly version: number },
  content: Buffer,
): Buffer {
  const length = 5 + content.length + 4;
  const head = Buffer.concat([
    Buffer.of(table),
    u16(0xb000 | length),
    u16(id),
    Buffer.of(0xc1 | (version << 1), 0, 0),
  ]);
  const body = Buffer.concat([head, content]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(slowCrc(body));
  return Buffer.concat([body, crc]);
}

const withPointer = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.of(0), bytes, Buffer.alloc(183 - bytes.length > 0 ? 183 - bytes.length : 0, 0xff)]);

/** Bit by bit, as the standard draws it. */
function slowCrc(bytes: Buffer): number {
  let crc = 0xffffffffn;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const isOdd = ((crc >> 31n) & 1n) !== BigInt((byte >> bit) & 1);
      crc = ((crc << 1n) & 0xffffffffn) ^ (isOdd ? 0x04c11db7n : 0n);
    }
  return Number(crc);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** A KLV unit that is easily recognised: any key, and this content. */
export function klvUnit(content: string | Buffer): Buffer {
  const value = Buffer.from(content);
  return Buffer.concat([Buffer.from('060e2b34020b01010e01030101000000', 'hex'), ber(value.length), value]);
}
