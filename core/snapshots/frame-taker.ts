import type { Frame, FrameGrabber, GrabRequest } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import { withDeadline } from '../lifecycle/deadline.js';
import { lacksBandwidth } from '../streams/capture-failure.js';
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

  /** @param maxAgeMs a frame that is at most this old will do; absent: the newest that the tap can have. */
  async take(camera: Camera, maxAgeMs: number | undefined, signal: AbortSignal): Promise<TakenFrame> {
    const newest = this.#deps.streams.latestFrame(camera.id);
    const isFresh =
      newest !== undefined &&
      this.#deps.clock.now() - newest.capturedAt <= (maxAgeMs ?? this.#freshMs(camera));
    if (isFresh) return { frame: newest, tier: 0 };
    return await orAbort(this.#underWay.get(camera.id) ?? this.#begin(camera), signal);
  }

  /** The work has a deadline of its own: it goes on for the others when the caller who began it gives up. */
  #begin(camera: Camera): Promise<TakenFrame> {
    const { clock } = this.#deps;
    const task = (signal: AbortSignal): Promise<TakenFrame> => this.#takeNew(camera, signal);
    const work = withDeadline(clock, this.#options.timeoutMs, task).finally(() => {
      this.#underWay.delete(camera.id);
    });
    this.#underWay.set(camera.id, work);
    return work;
  }

  async #takeNew(camera: Camera, signal: AbortSignal): Promise<TakenFrame> {
    const { streams } = this.#deps;
    const live = await streams.nextFrame(camera.id, signal);
    if (live) return { frame: live, tier: 0 };
    const grabbed = await this.#grab(camera, signal);
    if (grabbed) return grabbed;
    const { isWanted } = streams.view(camera.id);
    const frame = await streams.firstFrame(camera.id, this.#options.lingerMs, signal);
    return { frame, tier: isWanted ? 0 : 3 };
  }

  /** @returns `undefined` when no grabber can, or somebody streams from the camera. */
  async #grab({ id, source, format }: Camera, signal: AbortSignal): Promise<TakenFrame | undefined> {
    const able = this.#deps.grabbers.all.filter((grabber) => grabber.supports.kinds.includes(source.kind));
    if (!format || able.length === 0) return undefined;
    const request = { source, format, warmUpFrames: this.#options.warmUpFrames };
    return await this.#deps.streams.whileIdle(id, () => this.#grabWith(able, request, signal));
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
        this.#deps.log.debug('one method of taking a snapshot failed', { grabber: grabber.name, cause });
        failure = cause;
      }
    }
    throw failure;
  }

  #freshMs(camera: Camera): number {
    const isPassedOn = camera.format?.pixelFormat === 'MJPG' || camera.format?.pixelFormat === 'JPEG';
    const fps = isPassedOn ? camera.format.fps : this.#options.tapFps;
    // Half an interval of slack; beyond it the next picture is so near that waiting for it is better.
    return 1_500 / Math.max(1, fps);
  }
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
