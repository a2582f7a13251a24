import type { Component, MediaServerState, PathSpec, PathState, PortError } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import type { Camera, CameraChange } from '../cameras/camera.js';
import { invalidState } from '../errors/service-error.js';
import { Listeners } from '../lifecycle/listeners.js';
import { pause } from '../lifecycle/pause.js';
import { Pulse } from '../lifecycle/pulse.js';
import { deviceBusy, lacksBandwidth, NO_BANDWIDTH } from './capture-failure.js';
import type { DemandKind } from './demand.js';
import type { StreamDeps, StreamOptions } from './stream-options.js';
import { Stream } from './stream.js';

export interface StreamChange {
  readonly type: 'started' | 'stopped';
  readonly camera: string;
  readonly reason?: string;
}

/** How often the media server is asked while somebody waits for a path to become ready. */
const FAST_POLL_MS = 100;
/** The same while no stream runs and nobody needs one: whoever comes is announced by the callback. */
const REST_POLL_MS = 10_000;

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
  #mediaState: MediaServerState = { status: 'down', epoch: 0 };
  #polling: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Fires when the next look at the media server should not wait. */
  readonly #hurry = new Pulse();
  /** Cameras whose path may not be as it should. */
  readonly #unsure = new Set<string>();
  /** Fires when the media server is to be asked again regularly. */
  readonly #wake = new Pulse();
  #offCameras: () => void = () => undefined;

  constructor(options: StreamOptions, deps: StreamDeps) {
    this.#options = options;
    this.#deps = deps;
    this.changes = new Listeners(deps.log);
    this.looks = new Listeners(deps.log);
  }

  start(): Promise<void> {
    this.#offCameras = this.#deps.registry.changes.add((change) => {
      this.#cameraChanged(change);
    });
    for (const camera of this.#deps.registry.list()) this.#cameraChanged({ type: 'connected', camera });
    this.mediaChanged(this.#deps.media.state());
    this.#polling = this.#poll();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#offCameras();
    this.#stopping.abort(new Error('service is stopping'));
    await Promise.all([...this.#streams.values()].map((stream) => stream.settled()));
    await this.#polling;
  }

  /** The stream of a camera that is or was here. */
  of(camera: string): Stream {
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
      stream = new Stream(camera, this.#options, { deps: this.#deps, hooks });
      this.#streams.set(camera, stream);
    }
    return stream;
  }

  /** Time on the clock that demand is counted in, `durationMs` from now. */
  until(durationMs: number): number {
    return this.#deps.clock.monotonicMs() + durationMs;
  }

  /** Starts what is wanted. Call it after a change of demand. */
  kick(camera: string): Stream {
    const stream = this.of(camera);
    stream.changed.fire();
    stream.ensureRunning(this.#stopping.signal);
    this.#wake.fire();
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

  /** Takes in what the attempt to take a single picture has shown of a camera. @param failure absent when there is a picture. */
  noteGrab(camera: string, failure?: unknown): void {
    const { registry } = this.#deps;
    if (failure === undefined) registry.report(camera, 'CONNECTED');
    else if (isPortError(failure, 'DEVICE_BUSY')) registry.reportBusy(camera, holderOf(failure));
    else if (lacksBandwidth(failure)) {
      registry.report(camera, 'ERROR', NO_BANDWIDTH);
      // Nobody streams from it, so it is the probe's to say when it is well again.
      registry.recheck(camera);
    }
  }

  /** A viewer was let in: a picture is wanted, and the viewer is held until there is one, or turned away when the camera is BUSY. */
  viewerComes(camera: string): void {
    if (this.#deps.registry.get(camera)?.status === 'BUSY') return;
    this.of(camera).demand.want('viewers', this.until(this.#options.viewerGraceMs));
    this.kick(camera);
  }

  /** Keeps a camera on for a while, whoever watches. */
  keepOn(camera: string): { readonly stream: Stream; readonly autoCloseSeconds: number } {
    this.of(camera).demand.want('streaming', this.until(this.#options.autoCloseMs));
    return { stream: this.kick(camera), autoCloseSeconds: this.#options.autoCloseMs / 1_000 };
  }

  /** Takes back `keepOn`. @returns who still needs the camera. @throws ServiceError `INVALID_STATE` when it is not on at all. */
  letGo(camera: string): readonly DemandKind[] {
    const stream = this.of(camera);
    if (!stream.isWanted && stream.status === 'INACTIVE')
      throw invalidState('INACTIVE', ['STARTING', 'ACTIVE', 'ERROR']);
    stream.demand.release('streaming');
    this.kick(camera);
    return stream.demand.holders(this.#deps.clock.monotonicMs());
  }

  /** Says whether a camera is to be recorded, and tells the media server if it listens. @throws PortError as `ensurePath`. */
  async setRecord(camera: string, record: PathSpec['record'], signal: AbortSignal): Promise<void> {
    this.of(camera).record = record;
    await this.#configure(camera, signal);
  }

  /** A call without an answer may have been heard or not, or be heard later: what is wanted is said again at the next chance. */
  async #configure(camera: string, signal: AbortSignal): Promise<void> {
    try {
      await this.of(camera).configure(signal);
      this.#unsure.delete(camera);
    } catch (cause) {
      this.#unsure.add(camera);
      this.#wake.fire();
      throw cause;
    }
  }

  /** Resolves when pictures of the camera reach the media server. @throws the signal's reason. */
  async ready(camera: string, signal: AbortSignal): Promise<void> {
    this.#waiting += 1;
    this.#hurry.fire();
    try {
      const stream = this.kick(camera);
      await stream.changed.until(() => stream.isReady, AbortSignal.any([signal, this.#stopping.signal]));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** To be called when the media server's state changes. A new epoch means that it forgot everything. */
  mediaChanged(state: MediaServerState): void {
    const isNew =
      state.status === 'ready' &&
      (this.#mediaState.status !== 'ready' || this.#mediaState.epoch !== state.epoch);
    this.#mediaState = state;
    if (state.status !== 'ready')
      for (const stream of this.#streams.values()) stream.observe(undefined, this.#deps.clock.monotonicMs());
    if (isNew) void this.#restorePaths();
  }

  async #restorePaths(): Promise<void> {
    for (const camera of this.#deps.registry.list()) await this.#ensure(camera);
    for (const stream of this.#streams.values()) stream.retryNow();
  }

  async #ensure(camera: Camera): Promise<void> {
    if (this.#deps.media.state().status !== 'ready' || camera.identity.matchedBy === 'ambiguous') return;
    try {
      await this.#configure(camera.id, this.#stopping.signal);
    } catch (cause) {
      if (!this.#stopping.signal.aborted)
        this.#deps.log.warn('path could not be set up', { camera: camera.id, cause });
    }
  }

  #cameraChanged({ type, camera, previous }: CameraChange): void {
    const stream = this.of(camera.id);
    if (type === 'disconnected') {
      // Whoever waits for pictures learns at once that none will come.
      stream.changed.fire();
      return;
    }
    const isOtherwiseBusy = (camera.status === 'BUSY') !== (previous === 'BUSY');
    if (type === 'connected' || isOtherwiseBusy) void this.#ensure(camera);
    if (this.#isPrewarmed(camera.id)) stream.demand.want('prewarm');
    // What its own pictures proved is no reason to forget how often it failed.
    if (camera.status === 'CONNECTED' && stream.status !== 'ACTIVE') stream.retryNow();
    this.kick(camera.id);
  }

  #isPrewarmed(camera: string): boolean {
    return this.#options.prewarm.includes('*') || this.#options.prewarm.includes(camera);
  }

  async #poll(): Promise<void> {
    const signal = this.#stopping.signal;
    while (!signal.aborted) {
      if (this.#mediaState.status === 'ready' && this.#streams.size > 0) await this.#pollOnce(signal);
      await this.#untilNextPoll(signal);
    }
  }

  async #untilNextPoll(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    if (this.#isIdle()) {
      await pause(clock, { ms: REST_POLL_MS, pulse: this.#wake }, signal);
      if (this.#isIdle()) return;
    }
    const ms = this.#waiting > 0 ? FAST_POLL_MS : this.#options.pollMs;
    await pause(clock, { ms, pulse: this.#hurry }, signal);
  }

  #isIdle(): boolean {
    const isInUse = (stream: Stream): boolean => stream.isWanted || stream.status !== 'INACTIVE';
    return this.#waiting === 0 && this.#unsure.size === 0 && ![...this.#streams.values()].some(isInUse);
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    try {
      this.#takePaths(await this.#deps.media.paths(signal));
      for (const id of this.#unsure) {
        const camera = this.#deps.registry.get(id);
        if (camera) await this.#ensure(camera);
      }
    } catch (cause) {
      if (!signal.aborted) this.#deps.log.debug('media server did not list its paths', { cause });
    }
  }

  #takePaths(paths: readonly PathState[]): void {
    this.looks.emit(paths);
    const byName = new Map(paths.map((path) => [path.name, path]));
    for (const [camera, stream] of this.#streams) {
      const path = byName.get(camera);
      stream.observe(path, this.#deps.clock.monotonicMs());
      if (path && path.readers > 0) {
        stream.demand.want('viewers', this.until(this.#options.idleTimeoutMs));
        stream.ensureRunning(this.#stopping.signal);
      }
    }
  }
}

function holderOf({ detail }: PortError): string | undefined {
  const holder = detail['holder'];
  return typeof holder === 'string' ? holder : undefined;
}
