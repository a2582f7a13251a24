import { PortError } from '../../../ports/port-error.js';
import type { Capture, CaptureEnd, CaptureJob, CaptureSession, Frame } from '../../../ports/capture.js';
import { memoryCaptureWorld } from '../../worlds/memory-capture-worlds.js';
import type { CaptureWorld, ReceivedStream } from '../capture.contract.js';
import type { Broken } from './expect-caught.js';

/** A capture whose sessions are changed. */
function session(change: (good: CaptureSession, job: CaptureJob) => Partial<CaptureSession>): CaptureWorld {
  return capture((good) => ({
    start: async (job, signal) => {
      const started = await good.start(job, signal);
      return { ...plain(started), ...change(started, job) };
    },
  }));
}

function capture(change: (good: Capture) => Partial<Capture>): CaptureWorld {
  return memoryCaptureWorld((good) => ({ ...good, ...change(good) }));
}

function plain(good: CaptureSession): CaptureSession {
  return {
    pid: good.pid,
    startedAt: good.startedAt,
    ended: good.ended,
    latest: () => good.latest(),
    next: (after, signal) => good.next(after, signal),
    stats: () => good.stats(),
    stop: (graceMs) => good.stop(graceMs),
  };
}

/** A capture whose stream arrives otherwise. */
function received(change: (good: ReceivedStream) => ReceivedStream): CaptureWorld {
  const world = memoryCaptureWorld();
  return { ...world, received: async (job) => change(await world.received(job)) };
}

function withoutKeyframes({ frames, ...rest }: ReceivedStream): ReceivedStream {
  return { ...rest, frames: frames.map((frame) => ({ ...frame, isKeyframe: false })) };
}

function endsAs(reason: CaptureEnd['reason'], told: CaptureEnd['reason']): CaptureWorld {
  return session((good) => ({
    ended: good.ended.then((end) => (end.reason === reason ? { ...end, reason: told } : end)),
  }));
}

const torn = session((good) => ({
  next: async (after, signal) => {
    const frame = await good.next(after, signal);
    return { ...frame, jpeg: frame.jpeg.subarray(0, frame.jpeg.length - 2) };
  },
}));

const stuckSequence = session((good) => ({
  next: async (after, signal) => ({ ...(await good.next(after, signal)), sequence: 1 }),
}));

const deafNext = session((good) => ({ next: (after) => good.next(after, new AbortController().signal) }));

const silentEnd = session((good) => ({
  next: (after, signal) =>
    good.next(after, signal).catch((error: unknown) => {
      if (error instanceof PortError) return new Promise<never>(() => undefined);
      throw error;
    }),
}));

const noCount = session((good) => ({ stats: () => ({ ...good.stats(), tapFrames: 0 }) }));

const polite = session((good) => ({ stop: (graceMs) => good.stop(Math.max(graceMs, 60_000)) }));

const pretends = session(() => ({ stop: async () => undefined }));

const deafStart = capture((good) => ({ start: (job) => good.start(job, new AbortController().signal) }));

const talkative = session((good, job) => ({
  ended: good.ended.then((end) => ({ ...end, tail: [`cannot publish to ${job.publishUrl}`] })),
}));

const unheard = capture((good) => ({
  start: (job, signal) => good.start({ ...job, publishUrl: 'rtsp://127.0.0.1/nowhere' }, signal),
}));

const impatient = session((good) => ({ stop: () => good.stop(0) }));

const uncounted = session((good) => ({ stats: () => ({ ...good.stats(), publishedFrames: 0 }) }));

const takesAll = capture((good) => ({
  start: (job, signal) => good.start({ ...job, source: { ...job.source, kind: 'memory' } }, signal),
}));

/** A capture whose pictures are changed. */
function picture(change: (frame: Frame) => Frame): CaptureWorld {
  return session((good) => ({ next: async (after, signal) => change(await good.next(after, signal)) }));
}

const throwsAtOnce = capture((good) => ({
  start: (job, signal) => {
    if (job.source.kind !== 'memory') throw new PortError('DEVICE_UNSUPPORTED');
    return good.start(job, signal);
  },
}));

const forgetful = capture((good) => ({
  start: (job, signal) => {
    setInterval(() => undefined, 60_000).unref();
    return good.start(job, signal);
  },
}));

const { occupy: _cannot, ...shareable } = memoryCaptureWorld();

export const brokenCaptures: readonly Broken<CaptureWorld>[] = [
  { rule: 'delivers-jpeg', world: torn },
  { rule: 'delivers-jpeg', world: picture((frame) => ({ ...frame, height: 0 })) },
  { rule: 'delivers-jpeg', world: picture((frame) => ({ ...frame, width: frame.width * 2 })) },
  { rule: 'delivers-jpeg', world: picture(() => undefined as unknown as Frame) },
  { rule: 'exclusive', world: shareable },
  {
    rule: 'exclusive',
    world: capture((good) => ({ supports: { ...good.supports, exclusive: false } })),
  },
  { rule: 'refuses-kinds', world: throwsAtOnce },
  { rule: 'rising-sequence', world: stuckSequence },
  { rule: 'leaves-nothing', world: forgetful },
  { rule: 'latest', world: session(() => ({ latest: () => undefined })) },
  { rule: 'counts', world: noCount },
  { rule: 'publishes', world: unheard },
  { rule: 'publishes', world: uncounted },
  { rule: 'publishes', world: received((good) => ({ ...good, hasBFrames: true })) },
  { rule: 'publishes', world: received((good) => ({ ...good, codec: 'mjpeg' })) },
  { rule: 'publishes', world: received((good) => ({ ...good, frames: good.frames.toReversed() })) },
  { rule: 'publishes', world: received(withoutKeyframes) },
  { rule: 'next-aborts', world: deafNext },
  { rule: 'next-ends', world: silentEnd },
  { rule: 'stops', world: pretends },
  { rule: 'stops-frozen', world: polite },
  { rule: 'stops-politely', world: impatient },
  { rule: 'stops-politely', world: polite },
  { rule: 'abort-ends', world: deafStart },
  { rule: 'aborted-start', world: deafStart },
  { rule: 'tells-gone', world: endsAs('device_gone', 'failed') },
  { rule: 'tells-busy', world: endsAs('device_busy', 'failed') },
  { rule: 'no-secret', world: talkative },
  { rule: 'trouble', world: capture(() => ({ trouble: () => Promise.resolve('') })) },
  { rule: 'refuses-kinds', world: takesAll },
];
