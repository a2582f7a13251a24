import type {
  CameraCapabilities,
  CameraControl,
  CameraProbe,
  FrameSize,
} from '../../../ports/camera-probe.js';
import { PortError, isPortError } from '../../../ports/port-error.js';
import { memoryProbeWorld } from '../../worlds/memory-capture-worlds.js';
import type { ProbeWorld } from '../camera-probe.contract.js';
import type { Broken } from './expect-caught.js';

function broken(probe: (good: CameraProbe) => CameraProbe['probe']): ProbeWorld {
  return memoryProbeWorld((good) => ({ ...good, probe: probe(good) }));
}

function answer(change: (good: CameraCapabilities) => CameraCapabilities): ProbeWorld {
  return broken((good) => async (source, signal) => change(await good.probe(source, signal)));
}

const lowerCase = answer((good) => ({
  ...good,
  formats: good.formats.map((format) => ({ ...format, pixelFormat: 'mjpeg' })),
}));

const ascending = answer((good) => ({
  ...good,
  formats: good.formats.map((format) => ({
    ...format,
    sizes: format.sizes.map((size) => ({ ...size, fps: [...size.fps].reverse() })),
  })),
}));

let asked = 0;
const fickle = answer((good) => ({ ...good, bus: `bus ${(asked += 1)}` }));

function sizes(change: Partial<FrameSize>): ProbeWorld {
  return answer((good) => ({
    ...good,
    formats: good.formats.map((format) => ({
      ...format,
      sizes: format.sizes.map((size) => ({ ...size, ...change })),
    })),
  }));
}

function controls(...all: readonly Partial<CameraControl>[]): ProbeWorld {
  const usual = { name: 'brightness', type: 'integer', minimum: 0, maximum: 255 } as const;
  return answer((good) => ({ ...good, controls: all.map((one) => ({ ...usual, ...one })) }));
}

const hangs = broken(
  (good) => (source, signal) =>
    signal.aborted || source.kind !== 'memory' ? good.probe(source, signal) : new Promise(() => undefined),
);

const throwsAtOnce = broken((good) => (source, signal) => {
  if (source.kind !== 'memory') throw new PortError('DEVICE_UNSUPPORTED');
  return good.probe(source, signal);
});

const { occupy: _cannot, ...untried } = memoryProbeWorld();

const plainErrors = broken(
  (good) => (source, signal) =>
    good.probe(source, signal).catch(() => Promise.reject(new Error('open failed'))),
);

const takesAll = broken((good) => (source, signal) => good.probe({ ...source, kind: 'memory' }, signal));

const deaf = broken((good) => (source) => good.probe(source, new AbortController().signal));

const trusting = memoryProbeWorld((good) => ({ ...good, requireFree: () => Promise.resolve() }));

const jealous = memoryProbeWorld((good) => ({
  ...good,
  probe: async (source, signal) => {
    await good.requireFree?.(source, signal);
    return good.probe(source, signal);
  },
}));

const blind = memoryProbeWorld((good) => ({
  ...good,
  requireFree: async (source, signal) => {
    const error: unknown = await good.requireFree?.(source, signal).catch((cause: unknown) => cause);
    if (isPortError(error, 'DEVICE_BUSY')) throw error;
  },
}));

export const brokenProbes: readonly Broken<ProbeWorld>[] = [
  { rule: 'tells-formats', world: answer((good) => ({ ...good, formats: [] })) },
  { rule: 'tells-formats', world: answer(() => undefined as unknown as CameraCapabilities) },
  { rule: 'tells-formats', world: answer(() => ({}) as unknown as CameraCapabilities) },
  { rule: 'tells-formats', world: sizes({ width: Number.NaN }) },
  { rule: 'tells-formats', world: sizes({ height: 480.5 }) },
  { rule: 'tells-formats', world: sizes({ width: Infinity }) },
  { rule: 'tells-formats', world: hangs },
  { rule: 'tells-controls', world: controls({ minimum: 256 }) },
  { rule: 'tells-controls', world: controls({ type: 'slider' as 'integer' }) },
  { rule: 'tells-controls', world: controls({}, {}) },
  { rule: 'rates-descend', world: sizes({ fps: [Infinity] }) },
  { rule: 'exclusive', world: untried },
  { rule: 'abort-midway', world: hangs },
  { rule: 'refuses-kinds', world: throwsAtOnce },
  { rule: 'fourcc', world: lowerCase },
  { rule: 'rates-descend', world: ascending },
  { rule: 'plain-data', world: fickle },
  { rule: 'while-busy', world: jealous },
  { rule: 'tells-busy', world: trusting },
  { rule: 'free-fails', world: blind },
  { rule: 'tells-gone', world: plainErrors },
  { rule: 'aborts', world: deaf },
  { rule: 'refuses-kinds', world: takesAll },
];
