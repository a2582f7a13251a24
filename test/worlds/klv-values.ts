/** Any value of any item of the decoder's tables, with its bytes. */
import fc, { type Arbitrary } from 'fast-check';
import type { Format, Item, PackShape } from '../../adapters/telemetry-decoder/misb-st0601/format.js';
import type { TelemetryValue } from '../../ports/telemetry-decoder.js';
import { imapb, imapbStep, linear, oid, sized, symmetric, uint, type Encoded } from './klv-encoder.js';

type Range = readonly [number, number];
type Single = Exclude<Format, { readonly kind: 'set' }>;

const within = ([min, max]: Range): Arbitrary<number> => fc.double({ min, max, noNaN: true });
const words = (most: number): Arbitrary<string> =>
  fc
    .string({ maxLength: most, unit: 'grapheme' })
    .filter((text) => text !== '\0' && Buffer.byteLength(text) <= most);
const identifier = fc.integer({ min: 0, max: 2 ** 21 });

/** Items with sets of their own are left out: their items are tried instead. */
export function encodedOf({ format }: Item): Arbitrary<Encoded> {
  return anyOf(format as Single);
}

function anyOf(format: Single): Arbitrary<Encoded> {
  switch (format.kind) {
    case 'raw':
      return fc.uint8Array({ minLength: 1, maxLength: 40 }).map((given) => {
        const bytes = Buffer.from(given);
        return exactly(bytes.toString('hex'), bytes);
      });
    case 'text':
      return texts(format);
    case 'whole':
      return wholes(format);
    case 'linear': {
      const { bytes, min, max } = format;
      const half = (max - min) / (2 ** (8 * bytes) - 1) / 2;
      return within([min, max]).map((value) => about(value, linear(value, bytes, [min, max]), half));
    }
    case 'signed': {
      const { bytes, max } = format;
      const half = max / (2 ** (8 * bytes - 1) - 1) / 2;
      const none = fc.constant(exactly(null, symmetric(null, bytes, max)));
      const some = within([-max, max]).map((value) => about(value, symmetric(value, bytes, max), half));
      return fc.oneof({ weight: 9, arbitrary: some }, { weight: 1, arbitrary: none });
    }
    case 'imapb':
      return fc
        .tuple(within([format.min, format.max]), fc.integer({ min: 1, max: format.most }))
        .map(([value, length]) => mapped(value, length, [format.min, format.max]));
    case 'choice':
      return fc
        .constantFrom(...Object.entries(format.names))
        .map(([code, name]) => exactly(name, Buffer.of(Number(code))));
    case 'bits':
      return fc.integer({ min: 0, max: 2 ** format.names.length - 1 }).map((flags) => {
        const set = format.names.map((name, bit) => [name, Math.floor(flags / 2 ** bit) % 2 === 1] as const);
        return exactly(Object.fromEntries(set), Buffer.of(flags));
      });
    case 'pack':
      return PACKS[format.shape];
  }
}

function exactly(value: TelemetryValue, bytes: Buffer): Encoded {
  return { value, bytes, within: 0 };
}

/** Half a step, and what doubles lose on the way. */
function about(value: number, bytes: Buffer, step: number): Encoded {
  return { value, bytes, within: step * (1 + 1e-6) + Math.abs(value) * 1e-12 + 1e-12 };
}

function mapped(value: number, length: number, range: Range): Encoded {
  return about(value, imapb(value, length, range), imapbStep(length, range).step);
}

function texts({ most, isUtf16 }: Extract<Format, { kind: 'text' }>): Arbitrary<Encoded> {
  return words(Math.min(most, 60))
    .filter((text) => text !== '')
    .map((text) => exactly(text, isUtf16 ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text)));
}

function wholes({ isSigned, least, most, min, max }: Extract<Format, { kind: 'whole' }>): Arbitrary<Encoded> {
  return fc.integer({ min: least, max: most }).chain((length) => {
    const bits = Math.min(8 * length - (isSigned ? 1 : 0), 53);
    const top = Math.min(2 ** bits - 1, max ?? Infinity);
    const bottom = isSigned ? Math.max(-(2 ** bits), Number.MIN_SAFE_INTEGER) : (min ?? 0);
    return fc.maxSafeInteger().map((any) => {
      const value = bottom + (Math.abs(any) % (top - bottom + 1));
      return exactly(value, uint(value, length));
    });
  });
}

const uuid = fc.uuid().map((text) => ({ text, bytes: Buffer.from(text.replaceAll('-', ''), 'hex') }));
const maybe = <T>(some: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
const degrees = (max: number): Arbitrary<number> => within([-max, max]);
const NAMED = ['VIS', 'IR', 'NIR', 'MIR', 'LIR', 'FIR'];
const PAYLOADS = ['EO MI sensor', 'LIDAR', 'RADAR', 'SIGINT', 'SAR'];
const STORES = ['Off', 'Initialization', 'Ready-degraded', 'Ready-all up round', 'Launch', 'Free flight'];

/** Steps of IMAPB with four bytes over 360 degrees. */
const FINE = 2 ** -22;

const place = fc
  .tuple(degrees(90), degrees(180), maybe(within([-900, 9000])))
  .map(([latitude, longitude, height]) => ({
    value: { latitude, longitude, ...(height === undefined ? {} : { height }) },
    bytes: sized(
      imapb(latitude, 4, [-90, 90]),
      imapb(longitude, 4, [-180, 180]),
      height === undefined ? Buffer.alloc(0) : imapb(height, 3, [-900, 9000]),
    ),
  }));
const location = fc.oneof(place, fc.constant({ value: null, bytes: Buffer.of(0) }));
/** Of three bytes over 9900 m. */
const HEIGHT_STEP = 2 ** (14 - 23);

const nibble = fc.integer({ min: 0, max: 15 });
const byte = fc.integer({ min: 0, max: 255 });

const PACKS: Readonly<Record<PackShape, Arbitrary<Encoded>>> = {
  'weapon-load': fc
    .tuple(nibble, nibble, nibble, nibble)
    .map(([station, substation, type, variant]) =>
      exactly(
        { station, substation, type, variant },
        Buffer.of(station * 16 + substation, type * 16 + variant),
      ),
    ),
  'weapon-fired': fc
    .tuple(nibble, nibble)
    .map(([station, substation]) => exactly({ station, substation }, Buffer.of(station * 16 + substation))),
  horizon: fc
    .tuple(
      fc.tuple(byte, byte, byte, byte),
      maybe(fc.tuple(degrees(90), degrees(180), degrees(90), degrees(180))),
    )
    .map(([[x0, y0, x1, y1], angles]) => {
      const pixels = Buffer.of(x0, y0, x1, y1);
      if (angles === undefined) return exactly({ x0, y0, x1, y1 }, pixels);
      const [latitude0, longitude0, latitude1, longitude1] = angles;
      const coded = angles.map((angle, at) => symmetric(angle, 4, at % 2 === 0 ? 90 : 180));
      const value = { x0, y0, x1, y1, latitude0, longitude0, latitude1, longitude1 };
      return { value, bytes: Buffer.concat([pixels, ...coded]), within: FINE };
    }),
  'core-identifier': fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      fc.array(uuid, { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([sensor, platform, [first, second, third, fourth], window, minor]) => {
      const parts = [
        { use: sensor > 0, name: 'sensor_id', id: first },
        { use: platform > 0, name: 'platform_id', id: second },
        { use: window, name: 'window_id', id: third },
        { use: minor, name: 'minor_id', id: fourth },
      ].filter(({ use }) => use);
      const kinds = {
        ...(sensor > 0 ? { sensor_kind: sensor } : {}),
        ...(platform > 0 ? { platform_kind: platform } : {}),
      };
      const usage = sensor * 32 + platform * 8 + (window ? 4 : 0) + (minor ? 2 : 0);
      const ids = Object.fromEntries(parts.map(({ name, id }) => [name, id?.text ?? '']));
      return exactly(
        { version: 1, ...kinds, ...ids },
        Buffer.concat([Buffer.of(1, usage), ...parts.flatMap(({ id }) => id?.bytes ?? [])]),
      );
    }),
  'control-command': fc
    .tuple(identifier, words(30), maybe(fc.nat()))
    .map(([id, command, time]) =>
      exactly(
        { id, command, ...(time === undefined ? {} : { time }) },
        Buffer.concat([oid(id), sized(Buffer.from(command)), ...(time === undefined ? [] : [uint(time, 8)])]),
      ),
    ),
  'command-ids': fc
    .array(identifier, { minLength: 1, maxLength: 20 })
    .map((ids) => exactly(ids, Buffer.concat(ids.map(oid)))),
  'wavelength-ids': fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 9 }).map((ids) =>
    exactly(
      ids.map((id) => ({ id, ...(id <= NAMED.length ? { name: NAMED[id - 1] ?? '' } : {}) })),
      Buffer.concat(ids.map(oid)),
    ),
  ),
  'country-codes': fc
    .tuple(
      byte,
      fc.array(
        words(4).filter((word) => word !== ''),
        { maxLength: 3 },
      ),
    )
    .map(([method, names]) => {
      const keys = ['overflight', 'operator', 'manufacture'];
      const named = names.map((name, at) => [keys[at] ?? '', name] as const);
      const bytes = [sized(Buffer.of(method)), ...names.map((name) => sized(Buffer.from(name)))];
      return exactly({ coding_method: method, ...Object.fromEntries(named) }, Buffer.concat(bytes));
    }),
  'frame-rate': fc
    .tuple(identifier, maybe(fc.integer({ min: 1, max: 1001 })))
    .map(([above, below]) =>
      exactly(
        above / (below ?? 1),
        Buffer.concat([oid(above), ...(below === undefined ? [] : [oid(below)])]),
      ),
    ),
  wavelengths: fc
    .array(fc.tuple(identifier, within([0, 1e9]), within([0, 1e9]), words(12)), {
      minLength: 1,
      maxLength: 4,
    })
    .map((all) => ({
      value: all.map(([id, min, max, name]) => ({ id, min, max, name })),
      bytes: Buffer.concat(
        all.map(([id, min, max, name]) =>
          sized(oid(id), imapb(min, 4, [0, 1e9]), imapb(max, 4, [0, 1e9]), Buffer.from(name)),
        ),
      ),
      within: imapbStep(4, [0, 1e9]).step + 1e-6,
    })),
  airbases: fc.tuple(location, maybe(location)).map(([start, end]) => ({
    value: { take_off: start.value, recovery: (end ?? start).value },
    bytes: Buffer.concat([start.bytes, ...(end === undefined ? [] : [end.bytes])]),
    within: HEIGHT_STEP,
  })),
  payloads: fc
    .array(fc.tuple(identifier, fc.integer({ min: 0, max: 4 }), words(12)), { maxLength: 4 })
    .map((all) =>
      exactly(
        {
          count: all.length,
          payloads: all.map(([id, type, name]) => ({ id, type: PAYLOADS[type] ?? '', name })),
        },
        Buffer.concat([
          oid(all.length),
          ...all.map(([id, type, name]) => sized(oid(id), oid(type), sized(Buffer.from(name)))),
        ]),
      ),
    ),
  'active-payloads': fc
    .uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 10 })
    .map((ids) => {
      const sorted = [...ids].sort((a, b) => a - b);
      const bits = sorted.reduce((sum, id) => sum | (1n << BigInt(id)), 0n);
      return exactly(sorted, uint(bits, 8));
    }),
  weapons: fc
    .array(
      fc.tuple(
        fc.array(identifier, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: 5 }),
        nibble,
        words(12),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((all) =>
      exactly(
        all.map(([[station = 0, hardpoint = 0, carriage = 0, store = 0], status, flags, type]) => ({
          ...{ station, hardpoint, carriage, store, status: STORES[status] ?? '' },
          fuze_enabled: flags % 2 === 1,
          laser_enabled: Math.floor(flags / 2) % 2 === 1,
          target_enabled: Math.floor(flags / 4) % 2 === 1,
          weapon_armed: flags >= 8,
          type,
        })),
        Buffer.concat(
          all.map(([ids, status, flags, type]) =>
            sized(...ids.map(oid), oid(flags * 256 + status), sized(Buffer.from(type))),
          ),
        ),
      ),
    ),
  waypoints: fc
    .array(
      fc.tuple(
        identifier,
        fc.integer({ min: -32_768, max: 32_767 }),
        maybe(fc.tuple(fc.boolean(), fc.boolean(), location)),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((all) => ({
      value: all.map(([id, order, more]) => ({
        ...{ id, order },
        ...(more === undefined ? {} : { is_manual: more[0], is_ad_hoc: more[1], location: more[2].value }),
      })),
      bytes: Buffer.concat(
        all.map(([id, order, more]) =>
          sized(
            ...[oid(id), uint(order, 2)],
            ...(more === undefined ? [] : [oid(Number(more[0]) + 2 * Number(more[1])), more[2].bytes]),
          ),
        ),
      ),
      within: HEIGHT_STEP,
    })),
  'view-domain': fc
    .tuple(
      fc.integer({ min: 2, max: 4 }),
      fc.array(fc.tuple(within([0, 1]), within([0, 360])), { minLength: 1, maxLength: 3 }),
    )
    .map(([length, axes]) => {
      const keys = ['azimuth', 'elevation', 'roll'];
      const ranges: readonly Range[] = [
        [0, 360],
        [-180, 180],
        [0, 360],
      ];
      const starts = axes.map(([share], at) => (ranges[at]?.[0] ?? 0) + share * 360);
      return {
        value: Object.fromEntries(
          axes.map(([, range], at) => [keys[at] ?? '', { start: starts[at] ?? 0, range }]),
        ),
        bytes: Buffer.concat(
          axes.map(([, range], at) =>
            sized(imapb(starts[at] ?? 0, length, ranges[at] ?? [0, 360]), imapb(range, length, [0, 360])),
          ),
        ),
        within: imapbStep(length, [0, 360]).step * 1.01,
      };
    }),
  substream: fc
    .tuple(identifier, uuid)
    .map(([id, { text, bytes }]) =>
      id === 0 ? exactly({ id, uuid: text }, Buffer.concat([oid(0), bytes])) : exactly({ id }, oid(id)),
    ),
};

/** Whether numbers are as near as they must be, and all else is equal. */
export function isNear(
  found: TelemetryValue | undefined,
  wanted: TelemetryValue,
  tolerance: number,
): boolean {
  if (typeof wanted === 'number') return typeof found === 'number' && Math.abs(found - wanted) <= tolerance;
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (typeof found !== 'object' || found === null) return false;
  const [ours, theirs] = [Object.entries(found), Object.entries(wanted)];
  return (
    ours.length === theirs.length &&
    theirs.every(([name, each]) =>
      isNear((found as Readonly<Record<string, TelemetryValue>>)[name], each, tolerance),
    )
  );
}
