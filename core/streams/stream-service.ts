import type {
  Component,
  Frame,
  MediaServerState,
  PathSpec,
  PathState,
  PortError,
} from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import type { CameraChange } from '../cameras/camera.js';
import { invalidState } from '../errors/service-error.js';
import { Listeners } from '../lifecycle/listeners.js';
import { deviceBusy, lacksBandwidth, NO_BANDWIDTH } from './capture-failure.js';
import type { Hold, HoldReason } from './demand.js';
import { firstFrame, nextFrame } from './live-frames.js';
import { PathKeeper } from './path-keeper.js';
import { PathReconciler } from './path-reconciler.js';
import type { StreamDeps, StreamOptions } from './stream-options.js';
import type { StreamView } from './stream-view.js';
import { Stream } from './stream.js';

/** A need for a camera's stream: the camera runs as long as somebody has one. */
export interface StreamLease {
  readonly camera: string;
  readonly reason: HoldReason;
  /** May be repeated. The camera is switched off when nobody else needs it. */
  release(): void;
}

export interface StreamChange {
  readonly type: 'started' | 'stopped';
  readonly camera: string;
  readonly reason?: string;
}

/** Runs the streams of all cameras, counts who needs them, and keeps the media server's paths as they should be. */
export class StreamService implements Component {
  readonly name = 'streams';
  /** Captures are asked to end, and ended by force after `stop_grace_ms`. */
  readonly stopMs = 4_000;
  readonly changes: Listeners<StreamChange>;
  /** What the media server has said of all its paths, each time it was asked. */
  readonly looks: Listeners<readonly PathState[]>;
  readonly #options: StreamOptions;
  readonly #deps: StreamDeps;
  readonly #streams = new Map<string, Stream>();
  readonly #stopping = new AbortController();
  readonly #reconciler: PathReconciler;
  readonly #paths: PathKeeper;
  #looking: Promise<void> = Promise.resolve();
  /** Viewers who are expected, or who have left a moment ago, by camera. */
  readonly #expected = new Map<string, Hold>();
  /** Viewers whom the last look at the media server has found. They count until a look finds nobody, however late that comes. */
  readonly #present = new Map<string, Hold>();
  /** `start_streaming` calls by camera, to be taken back by `stop_streaming`. */
  readonly #kept = new Map<string, Hold>();
  readonly #prewarmed = new Set<string>();
  #offCameras: () => void = () => undefined;
  #offCaptures: () => void = () => undefined;

  constructor(options: StreamOptions, deps: StreamDeps) {
    this.#options = options;
    this.#deps = deps;
    this.changes = new Listeners(deps.log);
    this.looks = new Listeners(deps.log);
    const { media, registry, clock, log } = deps;
    this.#reconciler = new PathReconciler({ media, registry, log });
    this.#paths = new PathKeeper(
      {
        ...{ media, clock, log },
        paths: this.#reconciler,
        pollMs: options.pollMs,
        streams: this.#streams,
        looked: (paths) => this.#looked(paths),
      },
      this.#stopping.signal,
    );
  }

  start(): Promise<void> {
    this.#offCameras = this.#deps.registry.changes.add((change) => {
      this.#cameraChanged(change);
    });
    for (const camera of this.#deps.registry.list()) this.#cameraChanged({ type: 'connected', camera });
    this.#offCaptures = this.#deps.captures.follow((capture) => async () => {
      await Promise.all([...this.#streams.values()].map((stream) => stream.released(capture)));
    });
    this.mediaChanged(this.#deps.media.state());
    this.#looking = this.#paths.run();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#offCameras();
    this.#offCaptures();
    this.#stopping.abort(new Error('service is stopping'));
    await Promise.all([...this.#streams.values()].map((stream) => stream.settled()));
    await this.#looking;
  }

  /** How the stream of a camera is at this moment. */
  view(camera: string): StreamView {
    return this.#of(camera).view();
  }

  /**
   * Needs a camera, and starts it if nobody did.
   * @param forMs how long it is needed unless it is released before; absent: until it is released.
   */
  hold(camera: string, reason: HoldReason, forMs?: number): StreamLease {
    const hold = this.#of(camera).hold(reason, forMs);
    this.#kick(camera);
    return {
      camera,
      reason,
      release: () => {
        hold.release();
        this.#kick(camera);
      },
    };
  }

  /** Why there is no point in waiting for frames of a camera, if there is none. */
  refusal(camera: string): PortError | undefined {
    return this.#of(camera).refusal();
  }

  /** The newest frame of a camera that runs. */
  latestFrame(camera: string): Frame | undefined {
    return this.#of(camera).session?.latest();
  }

  /** The next frame of a camera that runs. @returns `undefined` when it does not. @throws as `nextFrame` of `live-frames`. */
  nextFrame(camera: string, signal: AbortSignal): Promise<Frame | undefined> {
    return nextFrame(this.#of(camera), signal);
  }

  /** Starts a camera for a frame. @param lingerMs how long it stays on. @throws PortError that says why there is none. */
  async firstFrame(camera: string, lingerMs: number, signal: AbortSignal): Promise<Frame> {
    // Nobody waits for it, and nothing is left behind that would start it later.
    const refusal = this.refusal(camera);
    if (refusal) throw refusal;
    this.hold(camera, 'snapshot', lingerMs);
    return await firstFrame(this.#of(camera), signal);
  }

  /**
   * Opens the device of a camera that nobody streams from, and takes in what that has shown of it.
   * @returns `undefined` when somebody streams from it, or began to meanwhile. @throws what `work` throws.
   */
  async whileIdle<T>(camera: string, work: () => Promise<T>): Promise<T | undefined> {
    const stream = this.#of(camera);
    if (stream.isWanted) return undefined;
    return await stream.exclusively(async () => {
      if (stream.isWanted) return undefined;
      try {
        const result = await work();
        this.#noteGrab(camera);
        return result;
      } catch (cause) {
        this.#noteGrab(camera, cause);
        throw cause;
      }
    });
  }

  #of(camera: string): Stream {
    let stream = this.#streams.get(camera);
    if (!stream) {
      const emit = (type: StreamChange['type'], reason?: string): void => {
        this.changes.emit({ type, camera, ...(reason === undefined ? {} : { reason }) });
      };
      const hooks = {
        started: () => {
          emit('started');
        },
        stopped: (reason: string) => {
          emit('stopped', reason);
        },
      };
      stream = new Stream(camera, this.#options, { deps: this.#deps, hooks, paths: this.#reconciler });
      this.#streams.set(camera, stream);
    }
    return stream;
  }

  /** Starts what is wanted, after a change of demand. */
  #kick(camera: string): Stream {
    const stream = this.#of(camera);
    stream.changed.fire();
    stream.ensureRunning(this.#stopping.signal);
    this.#paths.wake();
    return stream;
  }

  /**
   * Looks whether another program has a camera that nobody streams from yet, so that whoever needs it is refused at once.
   * @throws PortError `DEVICE_BUSY`.
   */
  async requireFree(camera: string): Promise<void> {
    const found = await this.#deps.registry.confirm(camera);
    if (found?.status === 'BUSY') throw deviceBusy(found.holder);
  }

  /** Takes in what the attempt to take a single frame has shown of a camera. @param failure absent when there is a frame. */
  #noteGrab(camera: string, failure?: unknown): void {
    const { registry } = this.#deps;
    if (failure === undefined) registry.report(camera, 'CONNECTED');
    else if (isPortError(failure, 'DEVICE_BUSY')) registry.reportBusy(camera, holderOf(failure));
    else if (lacksBandwidth(failure)) {
      registry.report(camera, 'ERROR', NO_BANDWIDTH);
      // Nobody streams from it, so it is the probe's to say when it is well again.
      registry.recheck(camera);
    }
  }

  /** A viewer was let in: a frame is wanted, and the viewer is held until there is one, or turned away when the camera is BUSY. */
  viewerComes(camera: string): void {
    if (this.#deps.registry.get(camera)?.status === 'BUSY') return;
    this.#expect(camera, this.#options.viewerGraceMs);
  }

  #expect(camera: string, forMs: number): void {
    const hold = this.#expected.get(camera);
    if (hold) hold.prolong(this.#deps.clock.monotonicMs() + forMs);
    else this.#expected.set(camera, this.#of(camera).hold('viewers', forMs));
    this.#kick(camera);
  }

  /** Keeps a camera on for a while, whoever watches. */
  keepOn(camera: string): { readonly stream: StreamView; readonly autoCloseSeconds: number } {
    const { autoCloseMs } = this.#options;
    this.#kept.get(camera)?.release();
    this.#kept.set(camera, this.#of(camera).hold('streaming', autoCloseMs));
    return { stream: this.#kick(camera).view(), autoCloseSeconds: autoCloseMs / 1_000 };
  }

  /** Takes back `keepOn`. @returns who still needs the camera. @throws ServiceError `INVALID_STATE` when it is not on at all. */
  letGo(camera: string): readonly HoldReason[] {
    const stream = this.#of(camera);
    if (!stream.isWanted && stream.status === 'INACTIVE')
      throw invalidState('INACTIVE', ['STARTING', 'ACTIVE', 'ERROR']);
    this.#kept.get(camera)?.release();
    this.#kept.delete(camera);
    return this.#kick(camera).holders();
  }

  /** Says what is to be recorded of a camera, for the next time that the media server is told. */
  expectRecord(camera: string, record: PathSpec['record']): void {
    this.#reconciler.want(camera, record);
  }

  /** Says whether a camera is to be recorded, and tells the media server if it listens. @throws PortError as `ensurePath`. */
  async setRecord(camera: string, record: PathSpec['record'], signal: AbortSignal): Promise<void> {
    this.expectRecord(camera, record);
    await this.#paths.settle(camera, signal);
  }

  /** Resolves when frames of the camera reach the media server. @throws the signal's reason. */
  async ready(camera: string, signal: AbortSignal): Promise<void> {
    await this.#paths.hurrying(async () => {
      const stream = this.#kick(camera);
      await stream.changed.until(() => stream.isReady, AbortSignal.any([signal, this.#stopping.signal]));
    });
  }

  /** To be called when the media server's state changes. */
  mediaChanged(state: MediaServerState): void {
    this.#paths.mediaChanged(state);
    if (state.status !== 'ready') this.#viewersLeft(() => true);
  }

  #looked(paths: readonly PathState[]): void {
    this.looks.emit(paths);
    const watched = new Set(paths.flatMap(({ name, readers }) => (readers > 0 ? [name] : [])));
    this.#viewersLeft((camera) => !watched.has(camera));
    for (const camera of watched) {
      if (!this.#streams.has(camera) || this.#present.has(camera)) continue;
      this.#present.set(camera, this.#of(camera).hold('viewers'));
      this.#kick(camera);
    }
  }

  /** The camera stays on for the idle time after its last viewer. */
  #viewersLeft(isLeft: (camera: string) => boolean): void {
    for (const [camera, hold] of this.#present) {
      if (!isLeft(camera)) continue;
      this.#present.delete(camera);
      this.#expect(camera, this.#options.idleTimeoutMs);
      hold.release();
    }
  }

  #cameraChanged({ type, camera, previous }: CameraChange): void {
    const stream = this.#of(camera.id);
    if (type === 'disconnected') {
      // Whoever waits for pictures learns at once that none will come.
      stream.changed.fire();
      return;
    }
    const isOtherwiseBusy = (camera.status === 'BUSY') !== (previous === 'BUSY');
    if (type === 'connected' || isOtherwiseBusy) void this.#paths.settleAll();
    this.#prewarm(camera.id, stream);
    // What its own pictures proved is no reason to forget how often it failed.
    if (camera.status === 'CONNECTED' && stream.status !== 'ACTIVE') stream.retryNow();
    this.#kick(camera.id);
  }

  #prewarm(camera: string, stream: Stream): void {
    const isWanted = this.#options.prewarm.includes('*') || this.#options.prewarm.includes(camera);
    if (!isWanted || this.#prewarmed.has(camera)) return;
    this.#prewarmed.add(camera);
    stream.hold('prewarm');
  }
}

function holderOf({ detail }: PortError): string | undefined {
  const holder = detail['holder'];
  return typeof holder === 'string' ? holder : undefined;
}
