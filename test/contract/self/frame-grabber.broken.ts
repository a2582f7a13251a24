import type { Frame } from '../../../ports/capture.js';
import type { FrameGrabber } from '../../../ports/frame-grabber.js';
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

const leaves = { ...memoryGrabWorld(), isLeft: () => true };

export const brokenGrabbers: readonly Broken<GrabWorld>[] = [
  { rule: 'takes-picture', world: picture((frame) => ({ ...frame, jpeg: frame.jpeg.subarray(0, 40) })) },
  { rule: 'warms-up', world: picture((frame) => ({ ...frame, sequence: 1 })) },
  { rule: 'closes', world: leaves },
  { rule: 'keeps-deadline', world: deaf },
  { rule: 'aborted-before', world: deaf },
  { rule: 'tells-gone', world: plainErrors },
  { rule: 'tells-busy', world: plainErrors },
  { rule: 'refuses-kinds', world: takesAll },
];
