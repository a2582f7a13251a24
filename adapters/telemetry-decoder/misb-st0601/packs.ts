/** Values with an inner structure. Each throws `Malformed` for bytes that do not have it. */
import type { TelemetryValue } from '../../../ports/telemetry-decoder.js';
import { Malformed, type Cursor } from './cursor.js';
import type { PackShape } from './format.js';
import { imapbOf, signedOf, symmetricOf, unsignedOf } from './numbers.js';
import { readText } from './text.js';

type Parts = { readonly [name: string]: TelemetryValue };
type Read = (bytes: Cursor) => TelemetryValue;

const WAVELENGTHS = ['VIS', 'IR', 'NIR', 'MIR', 'LIR', 'FIR'];
const PAYLOADS = ['EO MI sensor', 'LIDAR', 'RADAR', 'SIGINT', 'SAR'];
const STORES = [
  ...['Off', 'Initialization', 'Ready-degraded', 'Ready-all up round', 'Launch', 'Free flight'],
  ...['Abort', 'Miss fire', 'Hang fire', 'Jettisoned', 'Stepped over', 'No status'],
];
const LONGEST_BITS = 128;
const LONGEST_NUMBER = 8;

export const PACKS: Readonly<Record<PackShape, Read>> = {
  'weapon-load': (bytes) => {
    const [station, substation] = nibbles(bytes);
    const [type, variant] = nibbles(bytes);
    return { station, substation, type, variant };
  },
  'weapon-fired': (bytes) => {
    const [station, substation] = nibbles(bytes);
    return { station, substation };
  },
  horizon: (bytes) => {
    const pixels = { x0: bytes.byte(), y0: bytes.byte(), x1: bytes.byte(), y1: bytes.byte() };
    if (bytes.left === 0) return pixels;
    const coordinates = {
      latitude0: symmetricOf(bytes.take(4), 90),
      longitude0: symmetricOf(bytes.take(4), 180),
      latitude1: symmetricOf(bytes.take(4), 90),
      longitude1: symmetricOf(bytes.take(4), 180),
    };
    return { ...pixels, ...coordinates };
  },
  'core-identifier': coreIdentifier,
  'control-command': (bytes) => {
    const command = { id: bytes.oid(), command: readText(bytes.field().rest()).text };
    return bytes.left === 0 ? command : { ...command, time: exact(unsignedOf(bytes.take(8))) };
  },
  'command-ids': (bytes) => list(bytes, (each) => each.oid()),
  'wavelength-ids': (bytes) =>
    list(bytes, (each) => {
      const id = each.oid();
      const name = WAVELENGTHS[id - 1];
      return name === undefined ? { id } : { id, name };
    }),
  'country-codes': (bytes) => {
    const names = ['coding_method', 'overflight', 'operator', 'manufacture'];
    const parts = names.flatMap((name) => (bytes.left === 0 ? [] : [[name, bytes.field().rest()] as const]));
    const value = (name: string, part: Uint8Array): TelemetryValue =>
      name === 'coding_method' ? exact(unsignedOf(part)) : readText(part).text;
    return Object.fromEntries(
      parts.map(([name, part]) => [name, part.length === 0 ? null : value(name, part)]),
    );
  },
  'frame-rate': (bytes) => {
    const numerator = bytes.oid();
    const denominator = bytes.left === 0 ? 1 : bytes.oid();
    if (denominator === 0) throw new Malformed('divides by zero');
    return numerator / denominator;
  },
  wavelengths: (bytes) =>
    list(bytes, (each) => {
      const record = each.field();
      const id = record.oid();
      const [min, max] = [imapb(record, 4, [0, 1e9]), imapb(record, 4, [0, 1e9])];
      return { id, min, max, name: readText(record.rest()).text };
    }),
  airbases: (bytes) => {
    const takeOff = location(bytes.field());
    // Left out, it is the same.
    return { take_off: takeOff, recovery: bytes.left === 0 ? takeOff : location(bytes.field()) };
  },
  payloads: (bytes) => ({
    count: bytes.oid(),
    payloads: list(bytes, (each) => {
      const record = each.field();
      const [id, type] = [record.oid(), record.oid()];
      const name = readText(record.field().rest()).text;
      return ended(record, { id, type: PAYLOADS[type] ?? type, name });
    }),
  }),
  'active-payloads': (bytes) => {
    if (bytes.left > LONGEST_BITS) throw new Malformed(`has more than ${String(LONGEST_BITS)} bytes`);
    const flags = [...bytes.rest()].reverse();
    return flags.flatMap((byte, at) =>
      [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte >> bit) & 1).map((bit) => at * 8 + bit),
    );
  },
  weapons: (bytes) => list(bytes, (each) => weapon(each.field())),
  waypoints: (bytes) => list(bytes, (each) => waypoint(each.field())),
  'view-domain': (bytes) => {
    const axes = [
      ['azimuth', 0, 360],
      ['elevation', -180, 180],
      ['roll', 0, 360],
    ] as const;
    return Object.fromEntries(
      axes.flatMap(([name, min, max]) => (bytes.left === 0 ? [] : [[name, view(bytes.field(), [min, max])]])),
    );
  },
  substream: (bytes) => {
    const id = bytes.oid();
    return id === 0 ? { id, uuid: uuid(bytes) } : { id };
  },
};

function list<T>(bytes: Cursor, read: (bytes: Cursor) => T): T[] {
  const found: T[] = [];
  while (bytes.left > 0) found.push(read(bytes));
  return found;
}

function nibbles(bytes: Cursor): readonly [number, number] {
  const byte = bytes.byte();
  return [byte >> 4, byte & 15];
}

function ended<T>(bytes: Cursor, value: T): T {
  if (bytes.left > 0) throw new Malformed(`has ${String(bytes.left)} bytes too many`);
  return value;
}

/** A special value of ST 1201 is no value here. */
function imapb(bytes: Cursor, length: number, [min, max]: readonly [number, number]): number | null {
  const value = imapbOf(bytes.take(length), min, max);
  return typeof value === 'number' ? value : null;
}

function exact(value: number | undefined): number {
  if (value === undefined) throw new Malformed('has a number of more than 53 bits');
  return value;
}

/** ST 1204. The kinds are told by two bits each; 0: there is none. */
function coreIdentifier(bytes: Cursor): TelemetryValue {
  const version = bytes.byte();
  const usage = bytes.byte();
  const [sensor, platform] = [(usage >> 5) & 3, (usage >> 3) & 3];
  return ended(bytes, {
    version,
    ...(sensor === 0 ? {} : { sensor_kind: sensor, sensor_id: uuid(bytes) }),
    ...(platform === 0 ? {} : { platform_kind: platform, platform_id: uuid(bytes) }),
    ...(usage & 4 ? { window_id: uuid(bytes) } : {}),
    ...(usage & 2 ? { minor_id: uuid(bytes) } : {}),
  });
}

function uuid(bytes: Cursor): string {
  const digits = Buffer.from(bytes.take(16)).toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function location(bytes: Cursor): Parts | null {
  if (bytes.left === 0) return null;
  const place = { latitude: imapb(bytes, 4, [-90, 90]), longitude: imapb(bytes, 4, [-180, 180]) };
  return ended(bytes, bytes.left === 0 ? place : { ...place, height: imapb(bytes, 3, [-900, 9000]) });
}

function weapon(bytes: Cursor): Parts {
  const places = { station: bytes.oid(), hardpoint: bytes.oid(), carriage: bytes.oid(), store: bytes.oid() };
  const status = bytes.oid();
  const flags = {
    fuze_enabled: isSet(status, 8),
    laser_enabled: isSet(status, 9),
    target_enabled: isSet(status, 10),
    weapon_armed: isSet(status, 11),
  };
  const type = readText(bytes.field().rest()).text;
  return ended(bytes, { ...places, status: STORES[status & 0xff] ?? status & 0xff, ...flags, type });
}

function isSet(value: number, bit: number): boolean {
  return ((value >> bit) & 1) === 1;
}

function waypoint(bytes: Cursor): Parts {
  const point = { id: bytes.oid(), order: signedOf(bytes.take(2)) ?? 0 };
  if (bytes.left === 0) return point;
  const info = bytes.oid();
  const flags = { is_manual: isSet(info, 0), is_ad_hoc: isSet(info, 1) };
  const place = location(bytes.field());
  return ended(bytes, { ...point, ...flags, location: place });
}

/** Start and range, each half of the bytes. */
function view(bytes: Cursor, start: readonly [number, number]): Parts | null {
  if (bytes.left === 0) return null;
  const half = bytes.left / 2;
  if (!Number.isInteger(half) || half > LONGEST_NUMBER)
    throw new Malformed('has an axis that is no pair of numbers');
  return { start: imapb(bytes, half, start), range: imapb(bytes, half, [0, 360]) };
}
