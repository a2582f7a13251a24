/** How adapters begin and end: each row is an order in which the service, or its end, may call them. */
import { Failed, NotApplicable, words } from './row.js';
import type { AnyAdapter, Bench } from './bench.js';
import type { Trial } from './trial.js';
import { END_WITHIN_MS, mustResolve, mustStart, requireKnown, settled, START_WITHIN_MS } from './wait.js';
import { endpointThat, never } from './world.js';

/** @param signal of the start. */
export function start(adapter: AnyAdapter, signal: AbortSignal, endpoint = endpointThat('answers')): unknown {
  return isTransport(adapter) ? adapter.start?.(endpoint, signal) : adapter.start?.(signal);
}

function isTransport(adapter: AnyAdapter): boolean {
  return typeof adapter['addresses'] === 'function';
}

/** @throws NotApplicable for an adapter that holds nothing; Failed for one that has one half of a life. */
export async function withLife(bench: Bench): Promise<AnyAdapter> {
  if (bench.port === 'MediaServer') throw new NotApplicable('the contract suite of its port does this');
  const adapter = await bench.make();
  const has = [adapter.start, adapter.stop].map((method) => typeof method === 'function');
  if (bench.port === 'Capture' || (!has[0] && !has[1]))
    throw new NotApplicable('it has neither start nor stop');
  if (!has[0] || !has[1]) throw new Failed('it has only one of start and stop');
  return adapter;
}

const stop = (adapter: AnyAdapter, signal = never()): Promise<unknown> =>
  mustResolve(() => adapter.stop?.(signal), 'stop', END_WITHIN_MS);

async function startAborted(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  const reason = new Error('not wanted any more');
  const outcome = await settled(() => start(adapter, AbortSignal.abort(reason)), 'start', END_WITHIN_MS);
  if (outcome.state === 'resolved') throw new Failed('start resolved although its signal had aborted');
  if (outcome.cause !== reason)
    throw new Failed(`start rejected with ${words(outcome.cause)}; it must be the reason of the signal`);
  await stop(adapter);
}

async function startAbandoned(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  const abort = new AbortController();
  const reason = new Error('the service is asked to stop');
  const starting = settled(() => start(adapter, abort.signal), 'a start that was aborted', END_WITHIN_MS);
  await Promise.resolve();
  abort.abort(reason);
  requireKnown(await starting, 'a start that was aborted', reason);
  await stop(adapter);
}

async function stopDuringStart(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  const abort = new AbortController();
  const reason = new Error('the service is asked to stop');
  const starting = settled(
    () => start(adapter, abort.signal),
    'a start during which it was stopped',
    START_WITHIN_MS,
  );
  await Promise.resolve();
  abort.abort(reason);
  await Promise.all([starting.then((outcome) => requireKnown(outcome, 'start', reason)), stop(adapter)]);
  await stop(adapter);
}

async function stopFirst(bench: Bench): Promise<void> {
  await stop(await withLife(bench));
}

async function stopTwice(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  await mustStart(() => start(adapter, never()));
  await Promise.all([stop(adapter), stop(adapter)]);
  await stop(adapter);
}

async function startTwice(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  await mustStart(() => start(adapter, never()));
  await mustResolve(() => start(adapter, never()), 'the second start', START_WITHIN_MS);
  await stop(adapter);
}

async function startAgain(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  await mustStart(() => start(adapter, never()));
  await stop(adapter);
  await mustResolve(() => start(adapter, never()), 'the start after a stop', START_WITHIN_MS);
  await stop(adapter);
}

async function lateAbort(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  const abort = new AbortController();
  await mustStart(() => start(adapter, abort.signal));
  abort.abort(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
  requireAddress(adapter);
  await stop(adapter);
}

async function stopInHurry(bench: Bench): Promise<void> {
  const adapter = await withLife(bench);
  await mustStart(() => start(adapter, never()));
  await stop(adapter, AbortSignal.abort(new Error('the time is used up')));
}

/** Two of them run side by side while a plugin is reloaded, and where two instances of the service share a machine. */
async function twoAtOnce(bench: Bench): Promise<void> {
  const first = await withLife(bench);
  const second = await bench.make();
  await mustStart(() => start(first, never()));
  const outcome = await settled(() => start(second, never()), 'the start of the second', START_WITHIN_MS);
  requireKnown(outcome, 'the start of the second');
  await stop(second);
  requireAddress(first);
  await stop(first);
}

/** For a transport: it still takes clients. */
function requireAddress(adapter: AnyAdapter): void {
  const addresses = adapter['addresses'];
  if (typeof addresses !== 'function') return;
  const found: unknown = addresses.call(adapter);
  if (!Array.isArray(found) || found.some((each) => typeof each !== 'string'))
    throw new Failed('addresses() returned something else than a list of strings');
}

export const LIFE_TRIALS: readonly Trial[] = [
  { what: 'start with a signal that has aborted', run: startAborted },
  { what: 'start that is aborted midway', run: startAbandoned },
  { what: 'stop during start', run: stopDuringStart },
  { what: 'stop without a start', run: stopFirst },
  { what: 'stop twice, also at the same time', run: stopTwice },
  { what: 'start twice', run: startTwice },
  { what: 'start again after a stop', run: startAgain },
  { what: 'signal of the start aborts after it', run: lateAbort },
  { what: 'stop when its time is used up', run: stopInHurry },
  { what: 'two instances at once', run: twoAtOnce },
];
