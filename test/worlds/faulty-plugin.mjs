/**
 * A plugin with one fault. Which one is said by the name of its file, `faulty-<fault>.mjs`, so that a service can load many at once. It
 * provides an adapter for each port that a third party would, all of them sound but for the fault.
 */
import { EventEmitter } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const fault = basename(fileURLToPath(import.meta.url), '.mjs').replace('faulty-', '');
const name = `faulty-${fault}`;
const never = new Promise(() => {});
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const aborted = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', resolve, { once: true });
  });
const fail = (what) => {
  throw new Error(`planted: ${what}`);
};

if (fault === 'import-throws') fail('import');
if (fault === 'import-hangs') await never;

const device = (n) => ({
  key: `${name}:${n}`,
  kind: fault,
  locator: 'none',
  name: `${name} ${n}`,
  hints: {},
});
const added = (n) => ({ type: 'added', source: device(n) });

async function* soundWatch(signal) {
  yield added(0);
  await aborted(signal);
}
const watches = {
  'watch-throws': () => fail('watch'),
  'watch-is-no-iterable': () => ({ length: 0 }),
  async *'watch-fails-later'() {
    yield added(0);
    await later(300);
    fail('later');
  },
  async *'watch-ends'() {
    yield added(0);
  },
  async *'watch-tells-nonsense'(signal) {
    yield* [undefined, 'added', { type: 'moved' }, { type: 'added', source: { key: 7 } }];
    yield* soundWatch(signal);
  },
  async *'watch-forgets-hints'(signal) {
    yield { type: 'added', source: { ...device(0), hints: undefined } };
    await aborted(signal);
  },
  async *'watch-repeats'(signal) {
    yield added(0);
    yield added(0);
    await aborted(signal);
  },
  async *'watch-floods'() {
    for (let n = 0; ; n += 1) yield added(n);
  },
  async *'watch-floods-slowly'() {
    for (let n = 0; ; n += 1) {
      yield added(n % 7);
      await new Promise(setImmediate);
    }
  },
  async *'watch-is-deaf'() {
    yield added(0);
    await never;
  },
};

const sizes = [{ width: 64, height: 48, fps: [5] }];
const formats = [{ pixelFormat: 'MJPG', description: '', compressed: true, sizes }];
const capabilities = { driver: 'x', card: 'x', bus: '', formats, controls: [] };
const probes = {
  'probe-throws': () => fail('probe'),
  'probe-rejects-with-text': () => Promise.reject('planted text'),
  'probe-hangs': () => never,
  'probe-answers-nothing': async () => undefined,
  'probe-answers-too-much': async () => ({ ...capabilities, formats: Array(5000).fill(formats[0]) }),
};
const picture = { jpeg: new Uint8Array(2), width: 64, height: 48, sequence: 1, capturedAt: 1 };
const grabs = {
  'grab-throws': () => fail('grab'),
  'grab-hangs': () => never,
  'grab-answers-nothing': async () => undefined,
  'grab-answers-no-jpeg': async () => picture,
  'grab-answers-nonsense': async () => ({ ...picture, width: -1, jpeg: 'x' }),
};
const session = (other) => ({
  startedAt: Date.now(),
  latest: () => undefined,
  next: () => never,
  stats: () => ({ tapFrames: 0, publishedFrames: 0, lastFrameAt: 0 }),
  ended: never,
  stop: async () => {},
  ...other,
});
const captures = {
  'capture-throws': () => fail('start'),
  'capture-answers-nothing': async () => undefined,
  'capture-ends-badly': async () => session({ ended: later(100).then(() => fail('ended')) }),
  'capture-stats-throw': async () => session({ stats: () => fail('stats') }),
  'capture-does-not-stop': async () => session({ ended: later(100).then(() => 'over'), stop: () => never }),
  'capture-shows-nonsense': async () => session({ latest: () => picture, stats: () => ({ tapFrames: NaN }) }),
};
const transports = {
  'transport-throws': { start: async () => fail('start') },
  'transport-hangs': { start: () => never },
  'transport-does-not-stop': { stop: () => never },
  'transport-has-no-addresses': { addresses: () => fail('addresses') },
};
const factories = {
  'factory-throws': () => fail('factory'),
  'factory-rejects': () => Promise.reject(new Error('planted: factory')),
  'factory-hangs': () => never,
  'factory-makes-nothing': () => undefined,
  'factory-makes-nonsense': () => ({ name, supports: {} }),
};
const mishaps = {
  'throws-from-a-timer': () => fail('timer'),
  'rejects-unheard': () => void Promise.reject(new Error('planted: rejection')),
  'emits-an-error': () => void new EventEmitter().emit('error', new Error('planted: emitter')),
  'exits-the-process': () => process.exit(0),
};
const setups = {
  'setup-throws': () => fail('setup'),
  'setup-rejects-with-nothing': () => Promise.reject(),
  'setup-hangs': () => never,
  'setup-provides-no-port': (context) => context.provide('Telescope', 'x', () => ({})),
  'setup-takes-a-name': (context) => context.provide('Transport', 'ws-jsonrpc', () => ({})),
};

const supports = { calls: true, events: true, files: false, health: false, jsonRpc: false, batches: false };
const transport = { name, supports, start: async () => {}, stop: async () => {}, addresses: () => [] };
const sourceSupports = { hotplugLatencyMs: 1, reportsSerial: false };
const kinds = { supports: { kinds: [fault], tier: 0 } };

const plugin = {
  name,
  apiVersion: fault === 'made-for-another-version' ? 99 : 1,
  async setup(context) {
    await setups[fault]?.(context);
    if (mishaps[fault]) setTimeout(mishaps[fault], 500);
    const source = () => ({ name, supports: sourceSupports, watch: watches[fault] ?? soundWatch });
    context.provide('DeviceEventSource', name, factories[fault] ?? source);
    context.provide('CameraProbe', name, () => ({
      name,
      ...kinds,
      probe: probes[fault] ?? (async () => capabilities),
    }));
    context.provide('FrameGrabber', name, () => ({ name, ...kinds, grab: grabs[fault] ?? (() => never) }));
    context.provide('Capture', name, () => ({
      name,
      ...kinds,
      start: captures[fault] ?? (async () => session({})),
    }));
    context.provide('Transport', name, () => ({ ...transport, ...transports[fault] }));
  },
};

/** All faults, for those who make the files. */
export const FAULTS = [
  ...['import-throws', 'import-hangs', 'made-for-another-version', 'is-no-plugin'],
  ...[watches, probes, grabs, captures, transports, factories, mishaps, setups].flatMap(Object.keys),
];

export default fault === 'is-no-plugin' ? { name } : plugin;
