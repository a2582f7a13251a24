/** Each method of each guarded port, and each way of misbehaving. */
import type { PortName } from '../../plugins/api/index.js';
import type { CaptureSession, DeviceEventSource, TelemetryDecoder } from '../../ports/index.js';

export type Misbehaviour = () => unknown;
export type Guarded = Readonly<Record<string, (...given: unknown[]) => unknown>>;

const TOO_MUCH = Array.from({ length: 100_000 }, () => 'x'.repeat(10));
const NEVER = new Promise<never>(() => undefined);
export const MISBEHAVIOUR: Readonly<Record<string, Misbehaviour>> = {
  throws: () => {
    throw new Error('planted');
  },
  'throws a text': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- plugins do
    throw 'planted';
  },
  rejects: () => Promise.reject(new Error('planted')),
  hangs: () => NEVER,
  'returns undefined': () => undefined,
  'returns null': () => null,
  'returns another type': () => Promise.resolve(42),
  'returns something empty': () => Promise.resolve({}),
  'returns a proxy that throws': () =>
    new Proxy(
      {},
      {
        get: (_target, key) => {
          if (key === 'then') return undefined;
          throw new Error('planted');
        },
      },
    ),
  'returns too much': () => Promise.resolve(TOO_MUCH),
};
/** What a call that answers nothing, or perhaps nothing, may well return. */
const ANSWERS = Object.keys(MISBEHAVIOUR).filter((what) => what.startsWith('returns'));
const NOTHING = ['returns undefined'];

export const signal = (): AbortSignal => new AbortController().signal;
const KINDS = { name: 'x', supports: { kinds: ['x'], encodings: ['x'], tier: 0 } };
const SESSION = {
  ...{ pid: undefined, startedAt: 1, ended: NEVER },
  ...{ latest: () => undefined, next: () => NEVER, stats: () => ({}), stop: () => Promise.resolve() },
};

export interface Case {
  readonly port: PortName;
  readonly method: string;
  /** Misbehaviour that is none for this method. */
  readonly sound?: readonly string[];
  /** The adapter with that method, and the call of it. Without: the method of that name. */
  readonly adapter?: (method: Misbehaviour) => object;
  readonly call?: (adapter: Guarded) => unknown;
}

const inSession = (method: string, given: readonly unknown[], sound: readonly string[] = []): Case => ({
  ...{ port: 'Capture', method, sound },
  adapter: (misbehave) => ({ ...KINDS, start: () => ({ ...SESSION, [method]: misbehave }) }),
  call: async (adapter) => {
    const session = (await adapter['start']?.({}, signal())) as CaptureSession;
    return await (session as unknown as Guarded)[method]?.(...given);
  },
});
async function firstEvent(adapter: Guarded): Promise<unknown> {
  const watching = (adapter as unknown as DeviceEventSource).watch(signal());
  for await (const event of watching) return event;
  return undefined;
}

async function firstRecords(adapter: Guarded): Promise<unknown> {
  const stream = await (adapter as unknown as TelemetryDecoder).open('x', signal());
  return stream.decode({ data: new Uint8Array(), arrivedAt: 0 });
}

export const CASES: readonly Case[] = [
  { port: 'DeviceEventSource', method: 'watch', call: firstEvent },
  {
    ...{ port: 'DeviceEventSource', method: 'watch', call: firstEvent },
    adapter: (misbehave) => ({
      ...KINDS,
      watch: () => ({ [Symbol.asyncIterator]: () => ({ next: misbehave }) }),
    }),
    sound: ['hangs'],
  },
  { port: 'CameraProbe', method: 'probe' },
  { port: 'CameraProbe', method: 'requireFree', sound: ANSWERS },
  { port: 'FrameGrabber', method: 'grab' },
  { port: 'Capture', method: 'start' },
  { port: 'Capture', method: 'trouble', sound: NOTHING, call: (adapter) => adapter['trouble']?.(signal()) },
  inSession('latest', [], NOTHING),
  inSession('next', [0, signal()]),
  inSession('stats', []),
  inSession('stop', [0], ANSWERS),
  { port: 'TelemetryDecoder', method: 'open', call: (adapter) => adapter['open']?.('x', signal()) },
  {
    ...{ port: 'TelemetryDecoder', method: 'decode', call: firstRecords },
    adapter: (misbehave) => ({ ...KINDS, open: () => ({ decode: misbehave }) }),
  },
  { port: 'Transport', method: 'addresses' },
  { port: 'AuthProvider', method: 'authenticate', sound: NOTHING },
  { port: 'AuthProvider', method: 'start', sound: ANSWERS, call: (adapter) => adapter['start']?.(signal()) },
];

export function adapterWith({ method, adapter }: Case, misbehave: Misbehaviour): object {
  return adapter?.(misbehave) ?? { ...KINDS, [method]: misbehave };
}

/** The methods that misbehave, without what an adapter has besides them. */
export function replaced(each: Case, misbehave: Misbehaviour): Readonly<Record<string, unknown>> {
  const {
    name: _name,
    supports: _supports,
    ...methods
  } = adapterWith(each, misbehave) as Record<string, unknown>;
  return methods;
}

export const MISBEHAVING = 'x';
/** Credentials are asked for in the service itself, and telemetry is decoded there. */
const NEVER_ISOLATED: readonly PortName[] = ['AuthProvider', 'TelemetryDecoder'];
export const ISOLATED_CASES = CASES.filter(({ port }) => !NEVER_ISOLATED.includes(port));
