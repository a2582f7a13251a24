/** The ports whose adapters can be isolated, and how each of their members is reached from the service. */
import type { PortMap, PortName } from '../api/index.js';
import type { EncodedError } from './codec.js';

/**
 * `call`: it is called, and answers later. `do`: the same without an answer. `stream`: it is called and yields. `mirror`: it answers at once, with what it last said in
 * the isolated plugin. `serve`: a call whose first argument is the service as transports see it. `session`: a call that answers with
 * a running capture.
 */
export type MemberKind = 'call' | 'do' | 'stream' | 'mirror' | 'serve' | 'session';

export type IsolatedPort = 'CameraProbe' | 'Capture' | 'DeviceEventSource' | 'FrameGrabber' | 'Transport';

type Members<P extends PortName> = {
  readonly [M in Exclude<keyof PortMap[P], 'name' | 'supports'>]-?: MemberKind;
};

const LIFE = { start: 'do', stop: 'do' } as const;

/** `name` and `supports` are read once, when the adapter is made. */
export const MEMBERS: { readonly [P in IsolatedPort]: Members<P> } = {
  CameraProbe: { ...LIFE, probe: 'call', requireFree: 'do' },
  Capture: { start: 'session', trouble: 'call' },
  DeviceEventSource: { ...LIFE, watch: 'stream', heardAt: 'mirror' },
  FrameGrabber: { ...LIFE, grab: 'call' },
  Transport: { start: 'serve', stop: 'do', addresses: 'mirror' },
};

export function isIsolatedPort(port: PortName): port is IsolatedPort {
  return Object.hasOwn(MEMBERS, port);
}

export function kindOf(port: IsolatedPort, member: string): MemberKind | undefined {
  return membersOf(port).find(([name]) => name === member)?.[1];
}

export function membersOf(port: IsolatedPort): readonly (readonly [string, MemberKind])[] {
  return Object.entries<MemberKind>(MEMBERS[port]);
}

/** What the service knows of an adapter that it cannot see. */
export interface AdapterFacts {
  readonly name: string;
  readonly supports: Readonly<Record<string, unknown>>;
  /** The members of its port that it has. */
  readonly members: readonly string[];
  readonly mirrors: Mirrors;
}

/** What the members that answer at once last said, or threw. */
export type Mirrors = Readonly<
  Record<string, { readonly value: unknown } | { readonly error: EncodedError }>
>;
