/** The adapter as the victim: each of its methods replaced by one that misbehaves, behind the guard that the service puts before it. */
import { setImmediate } from 'node:timers/promises';
import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import type { PortMap, PortName } from '../../plugins/api/index.js';
import { FaultBook } from '../../plugins/guard/fault-book.js';
import { guardAdapter } from '../../plugins/guard/guard-adapter.js';
import { isPortError } from '../../ports/index.js';
import type { AnyAdapter, Bench } from './bench.js';
import {
  CASES,
  MISBEHAVIOUR,
  replaced,
  signal,
  type Case,
  type Guarded,
  type Misbehaviour,
} from './misbehaviour.js';
import { Failed } from './row.js';
import type { Trial } from './trial.js';

const TURNS = 50;
const STEP_MS = 2_000;
const WAYS = Object.keys(MISBEHAVIOUR).length;

export function guardTrials(port: PortName): readonly Trial[] {
  const cases = CASES.filter((each) => each.port === port);
  return cases.map((each, index) => {
    const isInner =
      each.adapter !== undefined && cases.findIndex(({ method }) => method === each.method) < index;
    const method = isInner ? `what ${each.method} returns` : each.method;
    return {
      what: `${method} misbehaves in ${String(WAYS)} ways: the service notices and goes on`,
      run: async (bench) => {
        const adapter = await bench.make();
        for (const [way, misbehave] of Object.entries(MISBEHAVIOUR))
          await contained(victim(adapter, each, misbehave), { bench, each, way });
      },
    };
  });
}

/** The adapter itself with one method replaced. Its life is left out: what is tried is one call. */
function victim(adapter: AnyAdapter, each: Case, misbehave: Misbehaviour): PortMap[PortName] {
  const quiet = { start: () => Promise.resolve(), stop: () => Promise.resolve() };
  const has = each.port !== 'Capture' && adapter.start !== undefined ? quiet : {};
  const instead: Readonly<Record<string, unknown>> = { ...has, ...replaced(each, misbehave) };
  return new Proxy(adapter, {
    get: (target, key) => {
      if (typeof key === 'string' && Object.hasOwn(instead, key)) return instead[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as unknown as PortMap[PortName];
}

async function contained(
  adapter: PortMap[PortName],
  { bench, each, way }: { readonly bench: Bench; readonly each: Case; readonly way: string },
): Promise<void> {
  const clock = createManualClock();
  const faults = new FaultBook(createMemoryLogger());
  let reason: string | undefined;
  faults.follow((_plugin, fault) => (reason = fault?.reason ?? reason));
  const as = { plugin: bench.name, name: bench.name, isRequired: true };
  const guarded = guardAdapter(each.port, adapter, { as, deps: { clock, faults } }) as unknown as Guarded;
  const call = each.call ?? ((found: Guarded) => found[each.method]?.({}, signal()));
  let outcome: { readonly cause?: unknown } | undefined;
  void Promise.resolve()
    .then(() => call(guarded))
    .then(
      () => (outcome = {}),
      (cause: unknown) => (outcome = { cause }),
    );
  for (let turn = 0; turn < TURNS && outcome === undefined; turn += 1) {
    await setImmediate();
    await clock.advance(STEP_MS);
  }
  if (each.sound?.includes(way) === true) return;
  if (outcome === undefined) throw new Failed(`the call did not end when ${each.method} ${way}`);
  if (outcome.cause !== undefined && !isPortError(outcome.cause, 'ADAPTER_FAILED'))
    throw new Failed(`the service got another error than ADAPTER_FAILED when ${each.method} ${way}`);
  if (reason?.includes(`${each.port}/${bench.name}.${each.method}`) !== true)
    throw new Failed(`health did not name the adapter when ${each.method} ${way}`);
}
