import type { Frame } from '../../../ports/capture.js';
import type { FrameGrabber } from '../../../ports/frame-grabber.js';
import { PortError } from '../../../ports/port-error.js';
import { memoryGrabWorld } from '../../worlds/memory-capture-worlds.js';
import type { GrabWorld } from '../frame-grabber.contract.js';
import type { Broken } from './expect-caught.js';

function broken(grab: (good: FrameGrabber) => FrameGrabber['grab']): GrabWorld {
  return memoryGrabWorld((good) => ({ ...good, grab: grab(good) }));
}

function picture(change: (frame: Frame) => Frame): GrabWorld {
  return broken((good) => async (request, signal) => change(await good.grab(request, signal)));
}

const deaf = broken((good) => (request) => good.grab(request, new AbortController().signal));

const plainErrors = broken(
  (good) => (request, signal) =>
    good.grab(request, signal).catch((error: unknown) => {
      throw signal.aborted ? error : new Error('ffmpeg failed');
    }),
);

const takesAll = broken(
  (good) => (request, signal) =>
    good.grab({ ...request, source: { ...request.source, kind: 'memory' } }, signal),
);

const throwsAtOnce = broken((good) => (request, signal) => {
  if (request.source.kind !== 'memory') throw new PortError('DEVICE_UNSUPPORTED');
  return good.grab(request, signal);
});

/** Looks at its signal before it begins, and not again. */
const absorbed = broken((good) => async (request, signal) => {
  if (signal.aborted) return good.grab(request, signal);
  return new Promise(() => undefined);
});

const forgetful = broken((good) => (request, signal) => {
  setInterval(() => undefined, 60_000).unref();
  return good.grab(request, signal);
});

let shared: Uint8Array | undefined;
/** Writes each picture into the memory of the one before. */
const oneBuffer = picture((frame) => {
  shared?.fill(0);
  shared ??= frame.jpeg;
  return { ...frame, jpeg: shared };
});

/** Without the segments of one marker. */
function without(jpeg: Uint8Array, marker: number): Uint8Array {
  const bytes = Buffer.from(jpeg);
  const at = bytes.indexOf(Buffer.from([0xff, marker]));
  if (at < 0) return bytes;
  const end = at + 2 + bytes.readUInt16BE(at + 2);
  return without(Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]), marker);
}

const emptyPicture = picture((frame) => {
  const scan = Buffer.from(frame.jpeg).indexOf(Buffer.from([0xff, 0xda]));
  const header = frame.jpeg.subarray(0, scan + 14);
  return { ...frame, jpeg: Buffer.concat([header, frame.jpeg.subarray(-2)]) };
});

const { occupy: _cannot, ...shareable } = memoryGrabWorld();
const { freeze: _neither, ...neverFrozen } = memoryGrabWorld();

const leaves = { ...memoryGrabWorld(), isLeft: () => true };

export const brokenGrabbers: readonly Broken<GrabWorld>[] = [
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, jpeg: frame.jpeg.subarray(0, 40) })) },
  { rule: 'takes-picture', world: picture(() => undefined as unknown as Frame) },
  {
    rule: 'takes-picture',
    world: picture((frame) => ({ ...frame, jpeg: Uint8Array.of(0xff, 0xd8), width: -1 })),
  },
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, width: frame.height })) },
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, sequence: Number.NaN })) },
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, capturedAt: frame.capturedAt / 1000 })) },
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, jpeg: without(frame.jpeg, 0xc4) })) },
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, jpeg: without(frame.jpeg, 0xc0) })) },
  { rule: 'takes-picture', world: emptyPicture },
  { rule: 'owns-picture', world: oneBuffer },
  { rule: 'exclusive', world: shareable },
  { rule: 'exclusive', world: neverFrozen },
  {
    rule: 'exclusive',
    world: memoryGrabWorld((good) => ({ ...good, supports: { ...good.supports, exclusive: false } })),
  },
  { rule: 'abort-midway', world: absorbed },
  { rule: 'refuses-kinds', world: throwsAtOnce },
  { rule: 'warms-up', world: picture((frame) => ({ ...frame, sequence: 1 })) },
  { rule: 'closes', world: leaves },
  { rule: 'leaves-nothing', world: forgetful },
  { rule: 'keeps-deadline', world: deaf },
  { rule: 'aborted-before', world: deaf },
  { rule: 'tells-gone', world: plainErrors },
  { rule: 'tells-busy', world: plainErrors },
  { rule: 'refuses-kinds', world: takesAll },
];
