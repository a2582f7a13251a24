/** What only the adapters of one port are asked. */
import { setImmediate } from 'node:timers/promises';
import type { PortName } from '../../plugins/api/index.js';
import { isPortError } from '../../ports/index.js';
import type { AnyAdapter, Bench } from './bench.js';
import { start } from './life-trials.js';
import { Failed, words } from './row.js';
import type { Trial } from './trial.js';
import { TELEMETRY } from './telemetry-trials.js';
import { END_WITHIN_MS, mustResolve, mustStart, requireKnown, settled } from './wait.js';
import { endpointThat, never, type Answers } from './world.js';

/** What a start may take while the service does not work. */
const START_MS = 1_000;

type Watch = (signal: AbortSignal) => AsyncIterable<unknown>;

/** A source that is started, where it has a start, and its `watch`. */
async function source(bench: Bench): Promise<Watch> {
  const adapter = await bench.make();
  if (adapter.start !== undefined) await mustStart(() => start(adapter, never()));
  return (signal) => (adapter['watch'] as Watch).call(adapter, signal);
}

/** Reads until the end. @throws what the iteration throws. */
async function readAll(events: AsyncIterable<unknown>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

/** @throws Failed for an iteration that does not end with its signal, or ends with an error that has no code. */
async function ends(watch: Watch, signal: AbortSignal): Promise<void> {
  const outcome = await settled(
    () => readAll(watch(signal)),
    'watch, whose signal has aborted,',
    END_WITHIN_MS,
  );
  // That the interface cannot be opened here may come before the abort is seen.
  if (outcome.state === 'resolved' || isPortError(outcome.cause)) return;
  throw new Failed(`watch threw ${words(outcome.cause)} on abort; it must end`);
}

async function abandoned(watch: Watch): Promise<void> {
  const abort = new AbortController();
  const ending = ends(watch, abort.signal);
  await setImmediate();
  abort.abort(new Error('given up'));
  await ending;
}

async function watchTwice(bench: Bench): Promise<void> {
  const watch = await source(bench);
  const abort = new AbortController();
  const first = ends(watch, abort.signal);
  first.catch(() => undefined);
  await setImmediate();
  try {
    const second = AbortSignal.any([abort.signal, AbortSignal.timeout(END_WITHIN_MS / 2)]);
    const outcome = await settled(() => readAll(watch(second)), 'a second watch', END_WITHIN_MS);
    const isRefused =
      outcome.state === 'rejected' && (outcome.cause instanceof TypeError || isPortError(outcome.cause));
    if (!isRefused) throw new Failed('a second watch while the first is running must throw a TypeError');
  } finally {
    abort.abort(new Error('enough'));
  }
  await first;
}

async function watchAgain(bench: Bench): Promise<void> {
  const watch = await source(bench);
  await abandoned(watch);
  await abandoned(watch);
}

const SOURCE: readonly Trial[] = [
  {
    what: 'watch with a signal that has aborted',
    run: async (bench) => ends(await source(bench), AbortSignal.abort(new Error('given up'))),
  },
  { what: 'watch that is given up midway', run: async (bench) => abandoned(await source(bench)) },
  { what: 'watch while it is watched already', run: watchTwice },
  { what: 'watch again after it was given up', run: watchAgain },
];

/** What nobody has issued. */
const NONSENSE: readonly string[] = [
  '',
  'Bearer',
  'a.b.c',
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.',
  'ключ \u{1f511} with spaces',
  'nul\0and\r\nline ends: in the middle',
  'long-credential-'.repeat(512),
];
const CREDENTIAL_CODES = ['CREDENTIALS_REFUSED', 'CREDENTIALS_EXPIRED', 'CREDENTIALS_UNAVAILABLE'];
/** Shorter ones are parts of ordinary sentences. */
const TELLING_LENGTH = 12;

async function nonsense(adapter: AnyAdapter): Promise<void> {
  for (const credential of NONSENSE) {
    const authenticate = adapter['authenticate'] as (given: string) => unknown;
    const outcome = await settled(
      () => authenticate.call(adapter, credential),
      'authenticate',
      END_WITHIN_MS,
    );
    const shown = `authenticate(${JSON.stringify(credential.slice(0, 40))})`;
    if (outcome.state === 'resolved') {
      if (outcome.value !== undefined)
        throw new Failed(`${shown} let a credential in that nobody has issued`);
      continue;
    }
    const { cause } = outcome;
    if (!isPortError(cause) || !CREDENTIAL_CODES.includes(cause.code))
      throw new Failed(
        `${shown} threw ${words(cause)}; it must be a PortError of ${CREDENTIAL_CODES.join(', ')}`,
      );
    const told = `${cause.message} ${JSON.stringify(cause.detail)}`;
    if (credential.length >= TELLING_LENGTH && told.includes(credential))
      throw new Failed(`${shown} threw an error that contains the credential`);
  }
}

const AUTH: readonly Trial[] = [
  {
    what: 'authenticate with credentials that nobody has issued',
    run: async (bench) => {
      const adapter = await bench.make();
      await mustStart(() => start(adapter, never()));
      await nonsense(adapter);
    },
  },
  {
    what: 'authenticate after stop',
    run: async (bench) => {
      const adapter = await bench.make();
      await mustStart(() => start(adapter, never()));
      await mustResolve(() => adapter.stop?.(never()), 'stop', END_WITHIN_MS);
      await nonsense(adapter);
    },
  },
];

/**
 * A service that does not do what it should must not keep a transport from ending. Its start may fail: of a transport that is a client
 * itself, it does.
 */
function serviceThat(answers: Answers): Trial {
  return {
    what: `a service that ${answers} every call`,
    run: async (bench) => {
      const adapter = await bench.make();
      const signal = AbortSignal.timeout(START_MS);
      const starting = (): unknown => start(adapter, signal, endpointThat(answers));
      const outcome = await settled(starting, 'start, whose signal has aborted,', END_WITHIN_MS);
      // A call never rejects, so what becomes of it when it does is not the adapter's doing.
      if (answers !== 'rejects') requireKnown(outcome, 'start', signal.reason);
      // What it calls by itself, it has called by then.
      for (let turn = 0; turn < 10; turn += 1) await setImmediate();
      await mustResolve(() => adapter.stop?.(AbortSignal.timeout(END_WITHIN_MS / 10)), 'stop', END_WITHIN_MS);
    },
  };
}

async function addresses(bench: Bench): Promise<void> {
  const adapter = await bench.make();
  const told = (): unknown => (adapter['addresses'] as () => unknown).call(adapter);
  const requireNone = (when: string): void => {
    const found = told();
    if (!Array.isArray(found) || found.length > 0)
      throw new Failed(`addresses() must be an empty list ${when}`);
  };
  requireNone('before start');
  await mustStart(() => start(adapter, never()));
  await mustResolve(() => adapter.stop?.(never()), 'stop', END_WITHIN_MS);
  requireNone('after stop');
}

const TRANSPORT: readonly Trial[] = [
  ...(['refuses', 'rejects', 'hangs'] as const).map(serviceThat),
  { what: 'addresses before start and after stop', run: addresses },
];

const BY_PORT: { readonly [P in PortName]?: readonly Trial[] } = {
  AuthProvider: AUTH,
  DeviceEventSource: SOURCE,
  TelemetryDecoder: TELEMETRY,
  Transport: TRANSPORT,
};

export function portTrials(port: PortName): readonly Trial[] {
  return BY_PORT[port] ?? [];
}
