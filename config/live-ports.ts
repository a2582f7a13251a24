import { Roster } from '../core/lifecycle/roster.js';
import type { PortMap, PortName } from '../plugins/api/index.js';

/** The ports that have any number of adapters. Those of a plugin come and go while the service runs. */
export const LIVE_PORTS = [
  'AuthProvider',
  'CameraProbe',
  'Capture',
  'DeviceEventSource',
  'FrameGrabber',
  'TelemetryDecoder',
  'Transport',
] as const satisfies readonly PortName[];
export type LivePort = (typeof LIVE_PORTS)[number];

export type Rosters = { readonly [P in LivePort]: Roster<PortMap[P]> };

export function isLivePort(port: string): port is LivePort {
  return (LIVE_PORTS as readonly string[]).includes(port);
}

/** An adapter that configuration chose, and whose it is. */
export interface MadeAdapter<P extends PortName = LivePort> {
  readonly port: P;
  /** As configuration names it. */
  readonly name: string;
  readonly plugin: string;
  readonly adapter: PortMap[P];
}

export function rosterOf<P extends LivePort>(made: readonly MadeAdapter<P>[]): Roster<PortMap[P]> {
  return new Roster(made.map(({ adapter }) => adapter));
}
