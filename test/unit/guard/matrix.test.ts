/** Each method of each guarded port in each way of misbehaving: the call ends, with a failure that core knows, and health names it. */
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { PortMap, PortName } from '../../../plugins/api/index.js';
import { FaultBook } from '../../../plugins/guard/fault-book.js';
import { guardAdapter } from '../../../plugins/guard/guard-adapter.js';
import { isPortError, type CaptureSession, type DeviceEventSource } from '../../../ports/index.js';

type Misbehaviour = () => unknown;
type Guarded = Readonly<Record<string, (...given: unknown[]) => unknown>>;

const TOO_MUCH = Array.from({ length: 100_000 }, () => 'x'.repeat(10));
const NEVER = new Promise<never>(() => undefined);
const MISBEHAVIOUR: Readonly<Record<string, Misbehaviour>> = {
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

const signal = (): AbortSignal => new AbortController().signal;
const KINDS = { name: 'x', supports: { kinds: ['x'], tier: 0 } };
const SESSION = {
  ...{ pid: undefined, startedAt: 1, ended: NEVER },
  ...{ latest: () => undefined, next: () => NEVER, stats: () => ({}), stop: () => Promise.resolve() },
};

interface Case {
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

const CASES: readonly Case[] = [
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
  { port: 'Transport', method: 'addresses' },
  { port: 'AuthProvider', method: 'authenticate', sound: NOTHING },
  { port: 'AuthProvider', method: 'start', sound: ANSWERS, call: (adapter) => adapter['start']?.(signal()) },
];

function adapterWith({ method, adapter }: Case, misbehave: Misbehaviour): object {
  return adapter?.(misbehave) ?? { ...KINDS, [method]: misbehave };
}

describe('the matrix of misbehaviour', () => {
  for (const [index, each] of CASES.entries())
    for (const [what, misbehave] of Object.entries(MISBEHAVIOUR))
      it(`${each.port}.${each.method} (${String(index)}) ${what}`, async () => {
        const clock = createManualClock();
        const faults = new FaultBook(createMemoryLogger());
        let reason: string | undefined;
        faults.follow((_plugin, fault) => (reason = fault?.reason ?? reason));
        const as = { plugin: 'acme', name: 'x', isRequired: true };
        const made = adapterWith(each, misbehave) as PortMap[PortName];
        const adapter = guardAdapter(each.port, made, { as, deps: { clock, faults } }) as unknown as Guarded;
        const call = each.call ?? ((found: Guarded) => found[each.method]?.({}, signal()));
        let outcome: { readonly value?: unknown; readonly cause?: unknown } | undefined;
        void Promise.resolve()
          .then(() => call(adapter))
          .then(
            (value) => (outcome = { value }),
            (cause: unknown) => (outcome = { cause }),
          );
        for (let turn = 0; turn < 50 && outcome === undefined; turn += 1) {
          await setImmediate();
          await clock.advance(2_000);
        }
        if (each.sound?.includes(what) === true) {
          expect(reason).to.equal(undefined);
          return;
        }
        expect(outcome, 'it ends').not.to.equal(undefined);
        if (outcome?.cause !== undefined) expect(isPortError(outcome.cause, 'ADAPTER_FAILED')).to.equal(true);
        expect(reason).to.include(`${each.port}/x.${each.method}`);
        expect(reason?.length).to.be.lessThan(1_000);
      });
});
