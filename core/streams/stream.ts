import type { Capture, CaptureEnd, CaptureJob, CaptureSession } from '../../ports/index.js';
import type { PathState, PortErrorCode } from '../../ports/index.js';
import { PortError } from '../../ports/index.js';
import { Backoff } from '../lifecycle/backoff.js';
import { follow } from '../lifecycle/follow.js';
import { Pulse } from '../lifecycle/pulse.js';
import type { StreamEnd } from './capture-failure.js';
import { asFailure, deviceBusy, failureOf, NO_BANDWIDTH } from './capture-failure.js';
import { Demand, type Hold, type HoldReason } from './demand.js';
import { PathObservation } from './path-observation.js';
import type { PathReconciler } from './path-reconciler.js';
import { SignsOfLife } from './signs-of-life.js';
import type { StreamDeps, StreamOptions } from './stream-options.js';
import type { StreamStatus, StreamView } from './stream-view.js';

export interface StreamHooks {
  started(): void;
  stopped(reason: string): void;
}

/** How often a running capture is looked at. */
const WATCH_MS = 250;
const OUT_OF_USE: StreamEnd['end'] = {
  reason: 'failed',
  message: 'its capture adapter is no longer in use',
  tail: [],
};

/**
 * The life of one camera's stream: runs a capture while somebody needs the camera, notices when frames stop, starts it again.
 * Starts nothing while the camera is gone or the media server is away. Known to `StreamService` and its neighbours only; everybody
 * else sees a `StreamView`.
 */
export class Stream {
  /** Fires whenever something changed that somebody may wait for. */
  readonly changed = new Pulse();
  readonly #demand = new Demand();
  readonly #camera: string;
  readonly #options: StreamOptions;
  readonly #deps: StreamDeps;
  readonly #hooks: StreamHooks;
  readonly #backoff: Backoff;
  readonly #paths: PathReconciler;
  readonly #path = new PathObservation();
  #status: StreamStatus = 'INACTIVE';
  #session: CaptureSession | undefined;
  /** The adapter that a capture was last started with; `over` resolves when that capture has ended. */
  #use: { readonly capture: Capture; readonly over: Promise<void> } | undefined;
  #startedAt: number | undefined;
  #restarts = 0;
  #lastEnd: StreamEnd | undefined;
  #running: Promise<void> | undefined;
  #isPausing = false;
  /** True between the two calls of the hooks. */
  #isAnnounced = false;

  constructor(
    camera: string,
    options: StreamOptions,
    wiring: { readonly deps: StreamDeps; readonly hooks: StreamHooks; readonly paths: PathReconciler },
  ) {
    this.#camera = camera;
    this.#options = options;
    this.#deps = wiring.deps;
    this.#hooks = wiring.hooks;
    this.#paths = wiring.paths;
    this.#backoff = new Backoff({
      firstMs: options.retryFirstMs,
      maxMs: options.retryMaxMs,
      healthyAfterMs: 30_000,
    });
  }

  get status(): StreamStatus {
    return this.#status;
  }

  get session(): CaptureSession | undefined {
    return this.#session;
  }

  get lastEnd(): StreamEnd | undefined {
    return this.#lastEnd;
  }

  get isWanted(): boolean {
    return this.holders().length > 0;
  }

  /** Frames can be had by viewers and by the recorder. */
  get isReady(): boolean {
    return this.#status === 'ACTIVE' && this.#path.state?.ready === true;
  }

  view(): StreamView {
    const session = this.#session;
    const end = this.#lastEnd;
    return Object.freeze({
      camera: this.#camera,
      status: this.#status,
      isWanted: this.isWanted,
      isReady: this.isReady,
      obstacle: this.obstacle(),
      record: this.#paths.record(this.#camera),
      startedAt: this.#startedAt,
      restarts: this.#restarts,
      lastFailure: end && Object.freeze({ ...end.end, at: end.at }),
      capture:
        session && Object.freeze({ ...session.stats(), pid: session.pid, startedAt: session.startedAt }),
      readers: this.#path.state?.readers ?? 0,
      outboundBytes: this.#path.state?.outboundBytes ?? 0,
      bitrate: this.#path.bitrate,
    });
  }

  /** Adds a need for the camera. @param forMs how long it lasts; absent: until it is released. */
  hold(reason: HoldReason, forMs = Infinity): Hold {
    return this.#demand.hold(reason, this.#now() + forMs);
  }

  /** What needs the camera now, longest first. */
  holders(): readonly HoldReason[] {
    return this.#demand.holders(this.#now());
  }

  /** Whoever opens the device, also for a single frame, does so in here. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#deps.registry.device(this.#camera).run(work);
  }

  /** What keeps the camera from being started now, if anything does. */
  obstacle(): PortErrorCode | undefined {
    const camera = this.#deps.registry.get(this.#camera);
    if (camera === undefined || camera.status === 'DISCONNECTED') return 'DEVICE_GONE';
    if (camera.status === 'BUSY') return 'DEVICE_BUSY';
    if (!camera.format) return 'NO_FRAME';
    return this.#deps.media.state().status === 'ready' ? undefined : 'MEDIA_SERVER_UNREACHABLE';
  }

  /** Why there is no point in waiting for pictures, if there is none. */
  refusal(): PortError | undefined {
    const obstacle = this.obstacle();
    if (obstacle === 'DEVICE_GONE') return new PortError(obstacle, { message: 'unplugged' });
    if (obstacle === 'DEVICE_BUSY') return deviceBusy(this.#deps.registry.get(this.#camera)?.holder);
    const end = this.#status === 'ERROR' ? this.#lastEnd?.end : undefined;
    return end?.reason === 'no_bandwidth' ? failureOf(end) : undefined;
  }

  /** Makes the camera run if it is wanted and does not run. Cheap; call it after each change of demand. */
  ensureRunning(signal: AbortSignal): void {
    if (this.#running || signal.aborted || !this.isWanted) return;
    this.#running = this.#run(signal)
      .catch((cause: unknown) => {
        if (!signal.aborted) this.#deps.log.error('stream loop failed', { camera: this.#camera, cause });
      })
      .finally(() => {
        this.#running = undefined;
        this.#announceEnd('the service is stopping');
        this.#setStatus('INACTIVE');
        // Nobody looks at its pictures any more: whether it is well is the probe's to say again.
        this.#deps.registry.recheck(this.#camera);
        // Somebody may have asked between the last look and now.
        this.ensureRunning(signal);
      });
  }

  /** Resolves when nothing runs any more; only of use after the signal was aborted or demand was released. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Takes in what the media server says of this path. */
  observe(path: PathState | undefined): void {
    if (this.#path.observe(path, this.#now())) this.changed.fire();
  }

  /** Forgets the pause after failures: something changed that gives a new try a chance. */
  retryNow(): void {
    this.#backoff.reset();
    this.#isPausing = false;
    this.changed.fire();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (this.isWanted && !signal.aborted) {
      const obstacle = this.obstacle();
      this.#setStatus(obstacle === 'DEVICE_BUSY' ? 'ERROR' : 'STARTING');
      if (obstacle !== undefined) {
        await this.#nextLook(signal);
        continue;
      }
      const began = this.#now();
      const failure = await this.exclusively(() => this.#captureOnce(signal)).catch(asFailure);
      if (failure === undefined || signal.aborted) continue;
      await this.#afterFailure(failure, this.#now() - began, signal);
    }
  }

  /** One capture from start to end. @returns how it failed, or `undefined` when it ended because nobody needs it. */
  async #captureOnce(signal: AbortSignal): Promise<StreamEnd['end'] | undefined> {
    const camera = this.#deps.registry.get(this.#camera);
    const capture = this.#deps.captures.all.find(
      (each) => camera && each.supports.kinds.includes(camera.source.kind),
    );
    // The device may have been waited for, and things have changed.
    if (!camera?.format || !this.isWanted || this.obstacle() !== undefined) return undefined;
    if (!capture)
      return { reason: 'failed', message: `no capture adapter for ${camera.source.kind} cameras`, tail: [] };
    await this.#paths.settle(this.#camera, signal);
    const job = {
      camera: this.#camera,
      source: camera.source,
      format: camera.format,
      publishUrl: this.#deps.media.publishUrl(this.#camera),
      tapFps: this.#options.tapFps,
    };
    const run = this.#runCapture({ capture, job }, signal);
    this.#use = { capture, over: run.then(ignore, ignore) };
    return await run;
  }

  async #runCapture(
    { capture, job }: { readonly capture: Capture; readonly job: CaptureJob },
    signal: AbortSignal,
  ): Promise<StreamEnd['end'] | undefined> {
    const session = await capture.start(job, signal);
    this.#session = session;
    try {
      return await this.#watch(session, () => this.#deps.captures.all.includes(capture), signal);
    } finally {
      this.#session = undefined;
      this.#startedAt = undefined;
    }
  }

  /** Resolves when nothing runs that was started with this adapter, which has been taken out of use. */
  async released(capture: Capture): Promise<void> {
    if (this.#use?.capture !== capture) return;
    this.changed.fire();
    await this.#use.over;
  }

  async #watch(
    session: CaptureSession,
    isInUse: () => boolean,
    signal: AbortSignal,
  ): Promise<StreamEnd['end'] | undefined> {
    const life = new SignsOfLife(this.#options, this.#now());
    let end: CaptureEnd | undefined;
    void session.ended.then((value) => {
      end = value;
      this.changed.fire();
    });
    for (;;) {
      await this.#nextLook(signal).catch(() => undefined);
      if (end) return end;
      if (signal.aborted || !this.isWanted) {
        this.#setStatus('STOPPING');
        await session.stop(this.#options.stopGraceMs);
        this.#announceEnd('no longer needed');
        return undefined;
      }
      const trouble = isInUse() ? this.#judge(session, life) : OUT_OF_USE;
      if (trouble === undefined) continue;
      // A process that hangs on a frozen device only ends by force.
      await session.stop(trouble === OUT_OF_USE ? this.#options.stopGraceMs : 0);
      return trouble;
    }
  }

  /** Looks at a running capture. @returns why it must be ended, if it must. */
  #judge(session: CaptureSession, life: SignsOfLife): StreamEnd['end'] | undefined {
    if (this.#deps.registry.get(this.#camera)?.status === 'DISCONNECTED')
      return { reason: 'device_gone', message: 'unplugged', tail: [] };
    const silence = life.silence(session.stats().lastFrameAt, this.#now());
    if (silence !== undefined) return { reason: 'frozen', message: silence, tail: [] };
    if (life.hasBegun && this.#status !== 'ACTIVE') {
      this.#startedAt = session.startedAt;
      this.#setStatus('ACTIVE');
      this.#deps.registry.report(this.#camera, 'CONNECTED');
      this.#isAnnounced = true;
      this.#hooks.started();
    }
    return undefined;
  }

  #announceEnd(reason: string): void {
    if (!this.#isAnnounced) return;
    this.#isAnnounced = false;
    this.#hooks.stopped(reason);
  }

  async #afterFailure(end: StreamEnd['end'], ranForMs: number, signal: AbortSignal): Promise<void> {
    this.#lastEnd = { at: this.#deps.clock.now(), end };
    this.#restarts += 1;
    this.#setStatus('ERROR');
    this.#reportCamera(end);
    this.#announceEnd(end.message);
    const pauseMs = this.#backoff.next(ranForMs);
    this.#deps.log.warn('capture ended', {
      camera: this.#camera,
      reason: end.reason,
      detail: end.message,
      tail: end.tail,
      retry_in_ms: pauseMs,
    });
    await this.#pause(pauseMs, signal);
  }

  #reportCamera(end: StreamEnd['end']): void {
    const { registry } = this.#deps;
    if (end.reason === 'device_busy') registry.reportBusy(this.#camera, end.holder);
    else if (end.reason === 'no_bandwidth') registry.report(this.#camera, 'ERROR', NO_BANDWIDTH);
    // Without a publisher's place the camera itself may be well.
    else if (end.reason !== 'publish_failed') registry.report(this.#camera, 'ERROR', end.message);
  }

  /** Waits out the pause after a failure; a `retryNow` or the end of demand cuts it short. */
  async #pause(pauseMs: number, signal: AbortSignal): Promise<void> {
    const until = this.#now() + pauseMs;
    this.#isPausing = true;
    while (this.#isPausing && this.isWanted && this.#now() < until) await this.#nextLook(signal);
    this.#isPausing = false;
  }

  /** Resolves at the next change or after a short while, whichever comes first. */
  async #nextLook(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const unfollow = follow(signal, over);
    try {
      await Promise.race([this.changed.wait(over.signal), this.#deps.clock.sleep(WATCH_MS, over.signal)]);
    } finally {
      unfollow();
      over.abort();
    }
  }

  #setStatus(status: StreamStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.changed.fire();
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }
}

const ignore = (): void => undefined;
