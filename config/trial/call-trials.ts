/** Calls that are given up, that come too late, and that ask for what is not there: they end, and with an error that says what it is. */
import { setImmediate } from 'node:timers/promises';
import type { PortName } from '../../plugins/api/index.js';
import type { AnyAdapter, Bench } from './bench.js';
import { start } from './life-trials.js';
import { NotApplicable } from './row.js';
import type { Trial } from './trial.js';
import { END_WITHIN_MS, mustResolve, mustStart, requireKnown, settled } from './wait.js';
import { absentSource, never } from './world.js';

const DEADLINE_MS = 100;
const CROWD = 20;
const FORMAT = { pixelFormat: 'MJPG', width: 640, height: 480, fps: 10 };

/** A method that the service calls with a signal. */
interface Called {
  readonly method: string;
  /** What is asked of it that it cannot do; a device that is not there when absent. */
  readonly asked?: string;
  readonly call: (adapter: AnyAdapter, signal: AbortSignal) => unknown;
}

const CALLED: { readonly [P in PortName]?: readonly Called[] } = {
  CameraProbe: [
    { method: 'probe', call: (adapter, signal) => method(adapter, 'probe')(absentSource(adapter), signal) },
    {
      method: 'requireFree',
      call: (adapter, signal) => method(adapter, 'requireFree')(absentSource(adapter), signal),
    },
  ],
  FrameGrabber: [
    {
      method: 'grab',
      call: (adapter, signal) =>
        method(adapter, 'grab')({ source: absentSource(adapter), format: FORMAT, warmUpFrames: 1 }, signal),
    },
  ],
  TelemetryDecoder: [
    {
      method: 'open',
      asked: 'an encoding that it does not support',
      call: (adapter, signal) => method(adapter, 'open')('no-such-encoding', signal),
    },
  ],
  Capture: [
    { method: 'start', call: capture },
    { method: 'trouble', call: (adapter, signal) => method(adapter, 'trouble')(signal) },
  ],
};

/** Publishes to a port on which nobody listens, and is ended at once. */
async function capture(adapter: AnyAdapter, signal: AbortSignal): Promise<void> {
  const publishUrl = 'rtsp://127.0.0.1:1/camera1?nonce=secret';
  const job = { camera: 'camera1', source: absentSource(adapter), format: FORMAT, publishUrl, tapFps: 5 };
  const session = (await method(adapter, 'start')(job, signal)) as {
    stop(graceMs: number): Promise<void>;
    readonly ended: Promise<unknown>;
  };
  await Promise.all([session.stop(0), session.stop(0)]);
  await session.ended;
}

function method(adapter: AnyAdapter, name: string): (...given: unknown[]) => unknown {
  const found = adapter[name];
  if (typeof found !== 'function') throw new NotApplicable(`it has no ${name}()`);
  return (...given) => found.apply(adapter, given) as unknown;
}

/** Those of a method, in the order in which they are told. */
function trialsOf(called: Called): readonly Trial[] {
  const { method: name, asked = 'a device that is not there' } = called;
  const ends: Ends = (adapter, signal) => endsWith(called, adapter, signal);
  const ending = (signal: () => AbortSignal): Trial['run'] => {
    return async (bench) => ends(await upFor(called, bench), signal());
  };
  return [
    { what: `${name} for ${asked}`, run: ending(() => AbortSignal.timeout(END_WITHIN_MS)) },
    {
      what: `${name} with a signal that has aborted`,
      run: ending(() => AbortSignal.abort(new Error('given up'))),
    },
    {
      what: `${name} that is given up midway`,
      run: async (bench) => givenUp(await upFor(called, bench), ends),
    },
    { what: `${name} whose deadline passes`, run: ending(() => AbortSignal.timeout(DEADLINE_MS)) },
    {
      what: `${name} ${String(CROWD)} times at once, all given up`,
      run: async (bench) => {
        const adapter = await upFor(called, bench);
        await Promise.all(Array.from({ length: CROWD }, () => givenUp(adapter, ends)));
      },
    },
    { what: `${name} after stop`, run: (bench) => afterStop(called, bench) },
  ];
}

type Ends = (adapter: AnyAdapter, signal: AbortSignal) => Promise<void>;

/** An adapter that has the method, and is started where it can be. */
async function upFor({ method: name }: Called, bench: Bench): Promise<AnyAdapter> {
  const adapter = await bench.make();
  method(adapter, name);
  if (bench.port !== 'Capture' && adapter.start !== undefined) await mustStart(() => start(adapter, never()));
  return adapter;
}

async function endsWith(
  { method: name, call }: Called,
  adapter: AnyAdapter,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await settled(() => call(adapter, signal), name, END_WITHIN_MS + DEADLINE_MS);
  requireKnown(outcome, name, signal.reason);
}

async function afterStop(called: Called, bench: Bench): Promise<void> {
  const adapter = await upFor(called, bench);
  if (bench.port === 'Capture' || adapter.stop === undefined) throw new NotApplicable('it has no stop');
  await mustResolve(() => adapter.stop?.(never()), 'stop', END_WITHIN_MS);
  await endsWith(called, adapter, AbortSignal.timeout(END_WITHIN_MS));
}

async function givenUp(adapter: AnyAdapter, ends: Ends): Promise<void> {
  const abort = new AbortController();
  const ending = ends(adapter, abort.signal);
  await setImmediate();
  abort.abort(new Error('given up'));
  await ending;
}

export function callTrials(port: PortName): readonly Trial[] {
  return (CALLED[port] ?? []).flatMap(trialsOf);
}
