/** Adapters that are sound, and ones that each break what `plugin check` looks at. Given to the command as a package of its own. */
import { createServer } from 'node:net';

const failure = (code, message) =>
  Object.assign(new Error(message), { name: 'PortError', code, detail: {}, retryable: false });

const aborted = (signal) =>
  new Promise((_resolve, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });

/** A transport on a port of its own. */
function transport(name, spoil = () => ({})) {
  let server;
  const sound = {
    name,
    supports: { calls: true, events: false, files: false, health: false, jsonRpc: false, batches: false },
    start: async (_service, signal) => {
      signal.throwIfAborted();
      if (server !== undefined) return;
      const opening = createServer(() => undefined);
      await new Promise((resolve, reject) => opening.once('error', reject).listen(0, '127.0.0.1', resolve));
      server = opening;
    },
    stop: async () => {
      const closing = server;
      server = undefined;
      if (closing !== undefined) await new Promise((resolve) => closing.close(resolve));
    },
    addresses: () => (server === undefined ? [] : [`tcp:${server.address().port}`]),
  };
  return { ...sound, ...spoil(sound) };
}

const source = (name, spoil = () => ({})) => {
  let isWatched = false;
  const sound = {
    name,
    supports: { hotplugLatencyMs: 1, reportsSerial: false },
    async *watch(signal) {
      yield* [];
      if (isWatched) throw new TypeError('it is watched already');
      isWatched = true;
      try {
        await aborted(signal).catch(() => undefined);
      } finally {
        isWatched = false;
      }
    },
  };
  return { ...sound, ...spoil(sound) };
};

const probe = (name, call) => ({
  name,
  supports: { kinds: [name] },
  probe:
    call ??
    (async (_source, signal) => {
      signal.throwIfAborted();
      throw failure('DEVICE_GONE', 'there is no such camera');
    }),
});

const provider = (name, authenticate) => ({
  name,
  supports: { issue: false, revoke: false },
  start: async (signal) => signal.throwIfAborted(),
  stop: async () => undefined,
  authenticate: authenticate ?? (async () => undefined),
  issue: async () => Promise.reject(failure('UNSUPPORTED')),
  list: async () => [],
  revoke: async () => false,
});

const POLL = {
  type: 'object',
  properties: {
    poll_ms: {
      type: 'integer',
      description: 'Interval between looks at the world.',
      minimum: 1,
      maximum: 50,
      default: 5,
    },
    word: { type: 'string', description: 'A word that must be set.', minLength: 3 },
  },
  required: ['word'],
  additionalProperties: false,
};

/** Every adapter that is offered: port, name, offer. */
const OFFERS = [
  ['Transport', 'sound', { create: () => transport('sound') }],
  [
    'DeviceEventSource',
    'sound',
    {
      options: POLL,
      create: ({ config }) => {
        if (config.word.length < 3) throw new Error('it got no word');
        return source('sound');
      },
    },
  ],
  ['CameraProbe', 'sound', { kinds: ['sound'], create: () => probe('sound') }],
  ['AuthProvider', 'sound', { create: () => provider('sound') }],
  [
    'Transport',
    'deaf-start',
    {
      create: () =>
        transport('deaf-start', ({ start }) => ({
          start: (service) => start(service, new AbortController().signal),
        })),
    },
  ],
  [
    'Transport',
    'own-error',
    {
      create: () =>
        transport('own-error', ({ start }) => ({
          start: (service, signal) =>
            start(service, signal).catch(() => {
              throw new Error('did not work');
            }),
        })),
    },
  ],
  [
    'Transport',
    'once',
    {
      create: () =>
        transport('once', ({ start, stop }) => {
          let isSpent = false;
          return {
            start: (service, signal) =>
              isSpent ? Promise.reject(new TypeError('spent')) : start(service, signal),
            stop: (signal) => ((isSpent = true), stop(signal)),
          };
        }),
    },
  ],
  [
    'Transport',
    'leaks',
    {
      create: () =>
        transport('leaks', ({ start, stop }) => ({
          start: async (service, signal) => {
            await start(service, signal);
            setInterval(() => undefined, 1_000);
          },
          stop,
        })),
    },
  ],
  [
    'Transport',
    'late-error',
    {
      create: () =>
        transport('late-error', ({ stop }) => ({
          stop: async (signal) => {
            await stop(signal);
            void Promise.reject(new Error('nobody waits for this'));
          },
        })),
    },
  ],
  [
    'Transport',
    'early-address',
    { create: () => transport('early-address', () => ({ addresses: () => ['tcp:1'] })) },
  ],
  [
    'DeviceEventSource',
    'shared',
    {
      create: () =>
        source('shared', () => ({
          async *watch(signal) {
            yield* [];
            await aborted(signal).catch(() => undefined);
          },
        })),
    },
  ],
  [
    'DeviceEventSource',
    'throwing',
    {
      create: () =>
        source('throwing', () => ({
          async *watch(signal) {
            yield* [];
            await aborted(signal);
          },
        })),
    },
  ],
  [
    'DeviceEventSource',
    'bounded',
    {
      options: { ...POLL, properties: { poll_ms: POLL.properties.poll_ms }, required: [] },
      create: ({ config }) => {
        if (config.poll_ms > 40) throw new RangeError('too slow');
        return source('bounded');
      },
    },
  ],
  [
    'CameraProbe',
    'deaf',
    { kinds: ['deaf'], create: () => probe('deaf', () => new Promise(() => undefined)) },
  ],
  [
    'CameraProbe',
    'uncoded',
    { kinds: ['uncoded'], create: () => probe('uncoded', () => Promise.reject(new Error('ENOENT'))) },
  ],
  [
    'AuthProvider',
    'open',
    {
      create: () =>
        provider('open', async (given) =>
          given === 'Bearer' ? { id: 'somebody', role: 'admin', provider: 'open' } : undefined,
        ),
    },
  ],
  [
    'AuthProvider',
    'telling',
    {
      create: () =>
        provider('telling', async (given) => {
          throw failure('CREDENTIALS_REFUSED', `${given} is not known`);
        }),
    },
  ],
  [
    'Transport',
    'deadly',
    {
      create: () =>
        transport('deadly', ({ start }) => ({
          start: (service, signal) =>
            signal.aborted ? process.kill(process.pid, 'SIGKILL') : start(service, signal),
        })),
    },
  ],
  [
    'Transport',
    'busy',
    {
      create: () =>
        transport('busy', ({ start }) => ({
          start: (service, signal) => {
            while (signal.aborted);
            return start(service, signal);
          },
        })),
    },
  ],
];

const WANTED = (process.env.CHECKED_ADAPTERS ?? '').split(',');

export default {
  name: 'checked',
  apiVersion: 1,
  setup(context) {
    for (const [port, name, offer] of OFFERS)
      if (WANTED.includes('*') || WANTED.includes(name)) context.provide(port, name, offer);
  },
};
