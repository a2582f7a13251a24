/**
 * A plugin that does what only isolation can bear. What it is, is said by the name of its folder, `wild-<fault>`. It is sound otherwise:
 * a camera with its probe, its grabber and its capture.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = import.meta.dirname;
const name = basename(folder);
const fault = name.replace('wild-', '');
/** Time to come up. */
const AFTER_MS = 500;

const loop = () => {
  for (;;);
};
const leak = () => {
  const kept = [];
  for (;;) kept.push({ text: `${kept.length}`.repeat(20) });
};
const hoard = () => {
  const kept = [];
  setInterval(() => kept.push(Buffer.alloc(32 * 1024 * 1024, 1)), 50);
};
const once = (what) => {
  const mark = join(folder, 'done');
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  what();
};
const fromTimer = {
  'loops-from-a-timer': loop,
  exits: () => process.exit(7),
  'exits-once': () => once(() => process.exit(7)),
  throws: () => {
    throw new Error('planted');
  },
  rejects: () => void Promise.reject(new Error('planted')),
  leaks: leak,
  hoards: hoard,
  crashes: () => process.abort(),
  chatters: () => {
    for (;;) console.log('planted');
  },
};

const device = { key: `${name}:0`, kind: fault, locator: 'none', name, hints: {} };
async function* watch(signal) {
  if (fromTimer[fault]) setTimeout(fromTimer[fault], AFTER_MS);
  yield { type: 'added', source: device };
  if (fault === 'floods')
    for (let n = 1; ; n += 1)
      yield { type: 'added', source: { ...device, key: `${name}:${n}`, name: `${name} ${n}` } };
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
const sizes = [{ width: 64, height: 48, fps: [5] }];
const formats = [{ pixelFormat: 'MJPG', description: '', compressed: true, sizes }];
const kinds = [fault];

export default {
  name,
  apiVersion: 1,
  setup(context) {
    if (fault === 'loops-in-setup') loop();
    const source = () => {
      if (fault === 'loops-in-a-factory') loop();
      return { name, supports: { hotplugLatencyMs: 1, reportsSerial: false }, watch };
    };
    const probe = async () => {
      if (fault === 'loops-in-a-call') loop();
      return { driver: 'x', card: 'x', bus: '', formats, controls: [] };
    };
    context.provide('DeviceEventSource', name, source);
    context.provide('CameraProbe', name, { kinds, create: () => ({ name, supports: { kinds }, probe }) });
    context.provide('Capture', name, {
      kinds,
      create: () => ({ name, supports: { kinds }, start: () => new Promise(() => {}) }),
    });
    context.provide('FrameGrabber', name, {
      kinds,
      create: () => ({ name, supports: { kinds, tier: 0 }, grab: () => new Promise(() => {}) }),
    });
  },
};
