import type { PortMap, PortName } from '../api/index.js';
import { GuardedAuthProvider } from './guarded-auth-provider.js';
import { GuardedGrabber, GuardedProbe } from './guarded-camera.js';
import { GuardedCapture } from './guarded-capture.js';
import { GuardedDecoder } from './guarded-decoder.js';
import { GuardedSource } from './guarded-source.js';
import { GuardedTransport } from './guarded-transport.js';
import { Guard, type GuardDeps } from './guarded.js';
import { ShapeError } from './shapes.js';

export interface GuardedAs {
  readonly plugin: string;
  readonly name: string;
  /** Whether the service cannot do without it. */
  readonly isRequired: boolean;
}

/** What an adapter of each port must have. */
const METHODS: { readonly [P in PortName]: readonly (keyof PortMap[P])[] } = {
  AuditLog: ['start', 'stop', 'append'],
  AuthProvider: ['start', 'stop', 'authenticate', 'issue', 'list', 'revoke'],
  CameraProbe: ['probe'],
  Capture: ['start'],
  DeviceEventSource: ['watch'],
  EventBus: ['start', 'stop', 'publish', 'subscribe'],
  FileStore: [
    'start',
    'list',
    'stat',
    'write',
    'replace',
    'read',
    'remove',
    'quarantine',
    'salvage',
    'quarantined',
    'identity',
    'directory',
    'capacity',
  ],
  FrameGrabber: ['grab'],
  HttpListener: ['start', 'stop', 'route', 'upgrade', 'address'],
  MediaServer: [
    'start',
    'stop',
    'state',
    'ensurePath',
    'removePath',
    'paths',
    'endViewers',
    'publishUrl',
    'viewerUrls',
  ],
  MediaTool: ['inspect', 'frames', 'integrity', 'remux', 'cut', 'frameAt', 'convertStill'],
  MetricsSink: ['declare', 'count', 'set', 'observe', 'expose'],
  SegmentLog: ['start', 'stop', 'read', 'append', 'compact'],
  StateStore: ['read', 'write', 'update', 'remove', 'keys', 'watch', 'stamp'],
  TelemetryDecoder: ['open'],
  Transport: ['start', 'stop', 'addresses'],
};
/** The names that `supports` of an adapter must list, by port. */
const LISTS: { readonly [P in PortName]?: string } = {
  CameraProbe: 'kinds',
  Capture: 'kinds',
  FrameGrabber: 'kinds',
  TelemetryDecoder: 'encodings',
};
const SHORTEST = 1;
const LONGEST = 64;

/** Refuses what a factory made when it is not an adapter of its port. @throws ShapeError. */
export function requireAdapter(port: PortName, adapter: unknown): void {
  if (typeof adapter !== 'object' || adapter === null)
    throw new ShapeError(`created ${kindOf(adapter)} instead of an adapter`);
  const found = adapter as Readonly<Record<string, unknown>>;
  for (const method of METHODS[port])
    if (typeof found[method] !== 'function') throw new ShapeError(`created an adapter without ${method}()`);
  if (GUARDS[port] !== undefined) requireFacts(port, found);
}

function requireFacts(port: PortName, found: Readonly<Record<string, unknown>>): void {
  const { name, supports } = found;
  if (typeof name !== 'string' || name.length < SHORTEST || name.length > LONGEST)
    throw new ShapeError(
      `created an adapter whose name is not a string of ${String(SHORTEST)} to ${String(LONGEST)} characters`,
    );
  if (typeof supports !== 'object' || supports === null)
    throw new ShapeError('created an adapter without supports');
  const list = LISTS[port];
  if (list === undefined) return;
  const names = (supports as Readonly<Record<string, unknown>>)[list];
  if (!(Array.isArray(names) && names.every((each) => typeof each === 'string')))
    throw new ShapeError(`created an adapter whose supports.${list} is not a list of names`);
}

type Make<P extends PortName> = (adapter: PortMap[P], as: GuardedAs, guard: Guard) => PortMap[P];

const GUARDS: { readonly [P in PortName]?: Make<P> } = {
  AuthProvider: (adapter, _as, guard) => new GuardedAuthProvider(adapter, guard),
  CameraProbe: (adapter, _as, guard) => new GuardedProbe(adapter, guard),
  Capture: (adapter, _as, guard) => new GuardedCapture(adapter, guard),
  DeviceEventSource: (adapter, _as, guard) => new GuardedSource(adapter, guard),
  FrameGrabber: (adapter, _as, guard) => new GuardedGrabber(adapter, guard),
  TelemetryDecoder: (adapter, _as, guard) => new GuardedDecoder(adapter, guard),
  Transport: (adapter, { isRequired }, guard) => new GuardedTransport(adapter, { guard, isRequired }),
};

/** Puts the guard of its port before an adapter; the ports without one have a single adapter, which the service cannot do without. */
export function guardAdapter<P extends PortName>(
  port: P,
  adapter: PortMap[P],
  { as, deps }: { readonly as: GuardedAs; readonly deps: GuardDeps },
): PortMap[P] {
  const make = GUARDS[port];
  return make
    ? make(adapter, as, new Guard({ plugin: as.plugin, adapter: `${port}/${as.name}` }, deps))
    : adapter;
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? 'nothing' : `a ${typeof value}`;
}
