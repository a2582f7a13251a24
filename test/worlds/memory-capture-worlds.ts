/** The memory adapters of the capture side as worlds for the contract suites; broken adapters are made from them. */
import { createMemoryProbe } from '../../adapters/camera-probe/memory/memory-probe.js';
import { createMemoryCapture, type MemoryCapture } from '../../adapters/capture/memory/memory-capture.js';
import {
  createMemorySource,
  type MemoryDeviceSource,
} from '../../adapters/device-event-source/memory/memory-source.js';
import { createMemoryGrabber } from '../../adapters/frame-grabber/memory/memory-grabber.js';
import { createMemoryMediaTool } from '../../adapters/media-tool/memory/memory-media-tool.js';
import { sampleJpeg } from '../../adapters/_shared/jpeg-sample.js';
import type { CameraProbe } from '../../ports/camera-probe.js';
import type { Capture, CaptureJob, Frame } from '../../ports/capture.js';
import type { DeviceEventSource, SourceDescriptor } from '../../ports/device-event-source.js';
import type { FrameGrabber } from '../../ports/frame-grabber.js';
import type { IntegrityReport, MediaFacts, MediaTool } from '../../ports/media-tool.js';
import { PortError } from '../../ports/port-error.js';
import type { ProbeWorld } from '../contract/camera-probe.contract.js';
import type { CaptureWorld } from '../contract/capture.contract.js';
import type { DeviceWorld } from '../contract/device-event-source.contract.js';
import type { GrabWorld } from '../contract/frame-grabber.contract.js';
import type { MediaWorld } from '../contract/media-tool.contract.js';
import { realClock } from './real-clock.js';

type Wrap<T> = (good: T) => T;
const asItIs = <T>(good: T): T => good;

export function memorySource(device = 1): SourceDescriptor {
  const hints = { vendorId: 'f055', productId: '0001', serial: `M${device}` };
  return {
    key: `memory:${device}`,
    kind: 'memory',
    locator: `memory-${device}`,
    name: `Camera ${device}`,
    hints,
  };
}

export function memoryDeviceWorld(wrap: Wrap<DeviceEventSource> = asItIs): DeviceWorld {
  let source: MemoryDeviceSource = createMemorySource();
  let wrapped = wrap(source);
  return {
    create: () => wrapped,
    plug: async (device) => source.control.plug(memorySource(device)),
    unplug: async (device) => source.control.unplug(`memory:${device}`),
    change: async (device) => source.control.change({ ...memorySource(device), name: 'renamed' }),
    reset: async () => {
      source = createMemorySource();
      wrapped = wrap(source);
    },
    withinMs: 300,
  };
}

export function memoryCaptureWorld(wrap: Wrap<Capture> = asItIs): CaptureWorld {
  let sent: { readonly url: string; readonly seconds: number }[] = [];
  const publish = (url: string, { capturedAt, sequence }: Frame): void =>
    void sent.push({ url, seconds: capturedAt / 1000 + sequence });
  const fresh = (): MemoryCapture =>
    createMemoryCapture({ kinds: ['memory'] }, { clock: realClock, publish });
  let capture = fresh();
  let isBusy = false;
  const job = (): CaptureJob => ({
    camera: 'camera1',
    source: memorySource(),
    format: { pixelFormat: 'MJPG', width: 64, height: 48, fps: 10 },
    publishUrl: 'rtsp://127.0.0.1/camera1?nonce=topsecret',
    tapFps: 5,
  });
  const create = (): Capture => ({
    name: capture.name,
    supports: capture.supports,
    start: async (request, signal) => {
      const session = await capture.start(request, signal);
      if (isBusy) capture.control.end('camera1', 'device_busy');
      return session;
    },
  });
  return {
    create: () => wrap(create()),
    job,
    secret: 'topsecret',
    received: async ({ publishUrl }) => {
      const frames = sent
        .filter(({ url }) => url === publishUrl)
        .map(({ seconds }) => ({ seconds, isKeyframe: true }));
      if (frames.length === 0) throw new Error('nothing arrived');
      return { codec: 'h264', hasBFrames: false, frames };
    },
    picture: () => capture.control.emit('camera1'),
    unplug: async () => capture.control.end('camera1', 'device_gone'),
    occupy: async () => void (isBusy = true),
    freeze: () => capture.control.freeze('camera1'),
    isLeft: () => capture.control.running().length > 0,
    reset: async () => {
      isBusy = false;
      sent = [];
      capture = fresh();
    },
    withinMs: 300,
  };
}

export function memoryGrabWorld(wrap: Wrap<FrameGrabber> = asItIs): GrabWorld {
  let grabber = createMemoryGrabber({ kinds: ['memory'] }, { clock: realClock });
  const { key } = memorySource();
  return {
    create: () => wrap(grabber),
    request: () => ({
      source: memorySource(),
      format: { pixelFormat: 'MJPG', width: 64, height: 48, fps: 10 },
      warmUpFrames: 0,
    }),
    unplug: async () => grabber.control.set(key, new PortError('DEVICE_GONE')),
    occupy: async () => grabber.control.set(key, new PortError('DEVICE_BUSY', { retryable: true })),
    freeze: async () => grabber.control.set(key, 'hang'),
    isLeft: () => false,
    reset: async () => void (grabber = createMemoryGrabber({ kinds: ['memory'] }, { clock: realClock })),
    withinMs: 600,
  };
}

export function memoryProbeWorld(wrap: Wrap<CameraProbe> = asItIs): ProbeWorld {
  let probe = createMemoryProbe();
  return {
    create: () => wrap(probe),
    source: () => memorySource(),
    unplug: async () => probe.control.set(memorySource().key, undefined),
    occupy: async () => probe.control.occupy(memorySource().key, 'another program'),
    reset: async () => void (probe = createMemoryProbe()),
    withinMs: 300,
  };
}

const RECORDING: MediaFacts = { format: 'fmp4', codec: 'h264', width: 320, height: 240, durationSeconds: 2 };

function damagedReport(intact: IntegrityReport['intact'], at: number): IntegrityReport {
  return { format: 'fmp4', sizeBytes: 1_000, complete: false, intact, problems: [{ at, reason: 'damage' }] };
}

export function memoryMediaWorld(wrap: Wrap<MediaTool> = asItIs): MediaWorld {
  let tool = createMemoryMediaTool();
  let names = new Set<string>();
  const put = async (name: string, facts: MediaFacts | PortError): Promise<string> => {
    tool.control.set(name, facts);
    names.add(name);
    return name;
  };
  const present = (): string[] => [...names].filter((name) => tool.control.get(name) !== undefined);
  return {
    create: () => wrap(tool),
    recording: () => put('recording', RECORDING),
    paused: async () => {
      const path = await put('paused', { ...RECORDING, durationSeconds: 5 });
      tool.control.pause(path, 1, 3);
      return path;
    },
    torn: () => {
      tool.control.damage('torn', damagedReport([{ first: 0, last: 799 }], 800));
      return put('torn', { ...RECORDING, durationSeconds: 1 });
    },
    damaged: () => {
      const intact = [
        { first: 0, last: 399 },
        { first: 600, last: 999 },
      ];
      tool.control.damage('damaged', damagedReport(intact, 400));
      return put('damaged', RECORDING);
    },
    rubbish: () => put('rubbish', new PortError('TOOL_FAILED')),
    free: async (name) => (names.add(name), name),
    exists: async (path) => tool.control.get(path) !== undefined,
    names: async () => present(),
    jpeg: () => sampleJpeg().jpeg,
    reset: async () => {
      tool = createMemoryMediaTool();
      names = new Set();
    },
    withinMs: 300,
  };
}
