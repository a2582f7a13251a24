/** What adapters hand over, as the ports describe it. Sizes are bounded so that nonsense cannot fill the memory. */
import { compile, s, type Infer, type Schema } from '../../core/validation/schema.js';
import type {
  CameraCapabilities,
  CaptureEnd,
  CaptureStats,
  DeviceEvent,
  Frame,
  Principal,
} from '../../ports/index.js';
import { ROLES } from '../../ports/index.js';

/** What a value must be and is not. */
export class ShapeError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'ShapeError';
  }
}

/** @returns the value when it is what it must be. @throws ShapeError saying what is wrong. */
export type Read<T> = (value: unknown) => T;

const text = (max: number) => s.string({ max });
const word = (max: number) => s.string({ min: 1, max });
const pixels = () => s.int({ min: 1, max: 65_536 });

const HINTS = s.open(
  Object.fromEntries(
    ['vendorId', 'productId', 'serial', 'portPath', 'usbInterface'].map((name) => [
      name,
      s.optional(text(512)),
    ]),
  ),
);
const DESCRIPTOR = s.open({
  key: word(512),
  kind: s.string({ min: 1, max: 32 }),
  locator: word(4096),
  name: text(256),
  hints: HINTS,
  siblings: s.optional(s.array(text(512), { max: 64 })),
});
const EVENTS = {
  added: s.open({ type: s.constant('added'), source: DESCRIPTOR }),
  changed: s.open({ type: s.constant('changed'), source: DESCRIPTOR }),
  removed: s.open({ type: s.constant('removed'), key: word(512) }),
};
const eventOf = {
  added: copied(EVENTS.added),
  changed: copied(EVENTS.changed),
  removed: copied(EVENTS.removed),
};

/** One event of a source of devices. */
export const readEvent: Read<DeviceEvent> = (value) => {
  const type = (value as { type?: unknown } | null | undefined)?.type;
  if (type !== 'added' && type !== 'changed' && type !== 'removed')
    throw new ShapeError('the type of an event must be added, changed or removed');
  return eventOf[type](value);
};

const SIZE = s.open({ width: pixels(), height: pixels(), fps: s.array(s.number({ min: 0 }), { max: 256 }) });
const FORMAT = s.open({
  pixelFormat: word(32),
  description: text(256),
  compressed: s.bool(),
  sizes: s.array(SIZE, { max: 1024 }),
});
const CONTROL = s.open({
  name: word(256),
  type: s.oneOf('integer', 'boolean', 'menu', 'button', 'other'),
  minimum: s.optional(s.number()),
  maximum: s.optional(s.number()),
  step: s.optional(s.number()),
  default: s.optional(s.number()),
  menu: s.optional(s.array(text(256), { max: 1024 })),
});

/** What a camera can do. */
export const readCapabilities = copied(
  s.open({
    driver: text(256),
    card: text(256),
    bus: text(256),
    formats: s.array(FORMAT, { max: 1024 }),
    controls: s.array(CONTROL, { max: 1024 }),
  }),
) as Read<CameraCapabilities>;

const LARGEST_PICTURE = 64 * 1024 * 1024;
/** Start and end of an image, and what must stand between them at least. */
const SMALLEST_PICTURE = 100;
const frameFacts = checked(
  s.open({
    width: pixels(),
    height: pixels(),
    sequence: s.int({ min: 0 }),
    capturedAt: s.number({ min: 0 }),
  }),
);

/** A picture: its facts, and the markers that begin and end a JPEG file (ITU-T T.81 §B.1.1.3). */
export const readFrame: Read<Frame> = (value) => {
  const { width, height, sequence, capturedAt } = frameFacts(value);
  const { jpeg } = value as { readonly jpeg: unknown };
  if (!(jpeg instanceof Uint8Array)) throw new ShapeError('jpeg must be a Uint8Array');
  if (jpeg.length < SMALLEST_PICTURE || jpeg.length > LARGEST_PICTURE)
    throw new ShapeError(`jpeg has ${String(jpeg.length)} bytes and cannot be an image`);
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) throw new ShapeError('jpeg does not begin like a JPEG file');
  return { jpeg, width, height, sequence, capturedAt };
};

export const readStats = copied(
  s.open({
    tapFrames: s.number({ min: 0 }),
    publishedFrames: s.number({ min: 0 }),
    lastFrameAt: s.number({ min: 0 }),
  }),
) as Read<CaptureStats>;

export const readEnd = copied(
  s.open({
    reason: s.oneOf(
      ...(['stopped', 'device_gone', 'device_busy', 'no_bandwidth'] as const),
      ...(['publish_failed', 'tool_missing', 'failed'] as const),
    ),
    message: text(4096),
    holder: s.optional(text(256)),
    tail: s.array(text(4096), { max: 1000 }),
  }),
) as Read<CaptureEnd>;

export const readPrincipal = copied(
  s.open({
    id: word(256),
    role: s.oneOf(...ROLES),
    cameras: s.optional(s.array(text(64), { max: 10_000 })),
    expiresAt: s.optional(s.number()),
    provider: word(64),
    credentialId: s.optional(text(512)),
  }),
) as Read<Principal>;

export const readAddresses = copied(s.array(text(2048), { max: 64 })) as Read<readonly string[]>;

export const readTrouble: Read<string | undefined> = (value) => {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value.slice(0, 1024);
  throw new ShapeError('must be a string or absent');
};

export const readNothing: Read<void> = () => undefined;

/** The value itself once it has been checked. */
function checked<S extends Schema>(schema: S): Read<Infer<S>> {
  const validator = compile(schema);
  return (value) => {
    if (validator.accepts(value)) return value;
    const { param, rule, hint } = validator.fault(value).data;
    const what = param === 'params' ? 'it' : param;
    throw new ShapeError(rule === 'required' ? `${what} is missing` : `${what} is invalid: ${hint}`);
  };
}

/** A copy, so that the adapter cannot change it afterwards. */
function copied<S extends Schema>(schema: S): Read<Infer<S>> {
  const check = checked(schema);
  return (value) => structuredClone<Infer<S>>(check(value));
}
