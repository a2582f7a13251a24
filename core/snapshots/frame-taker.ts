import type { CaptureSession, Frame, FrameGrabber, GrabRequest } from '../../ports/index.js';
import { isPortError, PortError } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import { withDeadline } from '../lifecycle/deadline.js';
import { failureOf, lacksBandwidth } from '../streams/capture-failure.js';
import type { Stream } from '../streams/stream.js';
import type { SnapshotDeps, SnapshotOptions } from './snapshot-options.js';

export interface TakenFrame {
  readonly frame: Frame;
  /** 0 from the running capture or straight from the device, 1 with a process, 3 after starting the stream. */
  readonly tier: number;
}

/** Gets one fresh picture in the cheapest way that the camera's state allows; callers at the same time share it. */
export class FrameTaker {
  readonly #options: SnapshotOptions;
  readonly #deps: SnapshotDeps;
  readonly #underWay = new Map<string, Promise<TakenFrame>>();

  constructor(options: SnapshotOptions, deps: SnapshotDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** @param maxAgeMs a picture that is at most this old will do; absent: the newest that the tap can have. */
  async take(camera: Camera, maxAgeMs: number | undefined, signal: AbortSignal): Promise<TakenFrame> {
    const stream = this.#deps.streams.of(camera.id);
    const running = stream.session?.latest();
    const isFresh =
      running !== undefined &&
      this.#deps.clock.now() - running.capturedAt <= (maxAgeMs ?? this.#freshMs(camera));
    if (isFresh) return { frame: running, tier: 0 };
    const shared = this.#underWay.get(camera.id) ?? this.#begin(camera, stream);
    return await orAbort(shared, signal);
  }

  /** The work has a deadline of its own: it goes on for the others when the caller who began it gives up. */
  #begin(camera: Camera, stream: Stream): Promise<TakenFrame> {
    const { clock } = this.#deps;
    const task = (signal: AbortSignal): Promise<TakenFrame> => this.#takeNew(camera, stream, signal);
    const work = withDeadline(clock, this.#options.timeoutMs, task).finally(() => {
      this.#underWay.delete(camera.id);
    });
    this.#underWay.set(camera.id, work);
    return work;
  }

  async #takeNew(camera: Camera, stream: Stream, signal: AbortSignal): Promise<TakenFrame> {
    const live = await this.#live(stream, signal);
    if (live) return live;
    if (!stream.isWanted) {
      const grabbed = await this.#grab(camera, stream, signal);
      if (grabbed) return grabbed;
    }
    return await this.#fromStream(camera, stream, signal);
  }

  /** @returns `undefined` when nothing is running, or it is being stopped before it has another picture. */
  async #live(stream: Stream, signal: AbortSignal): Promise<TakenFrame | undefined> {
    if (!stream.session || stream.status === 'STOPPING') return undefined;
    try {
      return { frame: await nextFrame(stream, stream.session, signal), tier: 0 };
    } catch (cause) {
      if (isPortError(cause, 'NO_FRAME') && !stream.isWanted) return undefined;
      throw cause;
    }
  }

  /** @returns `undefined` when no grabber can, or the stream was started meanwhile. */
  async #grab(camera: Camera, stream: Stream, signal: AbortSignal): Promise<TakenFrame | undefined> {
    const { source, format } = camera;
    const able = this.#deps.grabbers.filter((grabber) => grabber.supports.kinds.includes(source.kind));
    if (!format || able.length === 0) return undefined;
    const request = { source, format, warmUpFrames: this.#options.warmUpFrames };
    return await stream.device.run(async () => {
      if (stream.isWanted) return undefined;
      try {
        const taken = await this.#grabWith(able, request, signal);
        this.#deps.streams.noteGrab(camera.id);
        return taken;
      } catch (cause) {
        this.#deps.streams.noteGrab(camera.id, cause);
        throw cause;
      }
    });
  }

  async #grabWith(
    able: readonly FrameGrabber[],
    request: GrabRequest,
    signal: AbortSignal,
  ): Promise<TakenFrame> {
    let failure: unknown;
    for (const grabber of [...able].sort((a, b) => a.supports.tier - b.supports.tier)) {
      try {
        return { frame: await grabber.grab(request, signal), tier: grabber.supports.tier };
      } catch (cause) {
        signal.throwIfAborted();
        if (isFinal(cause)) throw cause;
        this.#deps.log.debug('a way to take a picture failed', { grabber: grabber.name, cause });
        failure = cause;
      }
    }
    throw failure;
  }

  async #fromStream(camera: Camera, stream: Stream, signal: AbortSignal): Promise<TakenFrame> {
    // Nobody waits for it, and nothing is left behind that would start it later.
    const refusal = stream.refusal();
    if (refusal) throw refusal;
    const wasWanted = stream.isWanted;
    stream.demand.want('snapshot', this.#deps.streams.until(this.#options.lingerMs));
    this.#deps.streams.kick(camera.id);
    const running = (): CaptureSession | undefined =>
      stream.status === 'STOPPING' ? undefined : stream.session;
    const isDecided = (): boolean =>
      running() !== undefined || stream.status === 'ERROR' || stream.obstacle() !== undefined;
    await stream.changed.until(isDecided, signal);
    const session = running();
    if (!session) throw whyNot(stream);
    return { frame: await nextFrame(stream, session, signal), tier: wasWanted ? 0 : 3 };
  }

  #freshMs(camera: Camera): number {
    const isPassedOn = camera.format?.pixelFormat === 'MJPG' || camera.format?.pixelFormat === 'JPEG';
    const fps = isPassedOn ? camera.format.fps : this.#options.tapFps;
    // Half an interval of slack; beyond it the next picture is so near that waiting for it is better.
    return 1_500 / Math.max(1, fps);
  }
}

/** @throws PortError that says how the capture ended, when it ends instead of delivering. */
async function nextFrame(stream: Stream, session: CaptureSession, signal: AbortSignal): Promise<Frame> {
  try {
    return await session.next(session.latest()?.sequence ?? -1, signal);
  } catch (cause) {
    if (!isPortError(cause, 'NO_FRAME') || signal.aborted) throw cause;
    const end = await session.ended;
    throw stream.obstacle() === undefined ? failureOf(end) : whyNot(stream);
  }
}

function whyNot(stream: Stream): PortError {
  const refusal = stream.refusal();
  if (refusal) return refusal;
  const obstacle = stream.obstacle();
  if (obstacle) return new PortError(obstacle, { message: 'the camera cannot be started', retryable: true });
  return stream.lastEnd ? failureOf(stream.lastEnd.end) : new PortError('NO_FRAME', { message: 'no stream' });
}

/** Another way does not help against a camera that is gone, held by somebody else, or without room on its bus. */
function isFinal(cause: unknown): boolean {
  return isPortError(cause, 'DEVICE_BUSY') || isPortError(cause, 'DEVICE_GONE') || lacksBandwidth(cause);
}

/** Gives up waiting, not the work, when this caller's own signal aborts. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
