import type { MediaServerState, PathState } from '../../ports/index.js';
import { pause } from '../lifecycle/pause.js';
import { Pulse } from '../lifecycle/pulse.js';
import type { PathReconciler } from './path-reconciler.js';
import type { StreamDeps } from './stream-options.js';
import type { Stream } from './stream.js';

/** How often the media server is asked while somebody waits for a path to become ready. */
const FAST_POLL_MS = 100;
/** The same while no stream runs and nobody needs one: whoever comes is announced by the callback. */
const REST_POLL_MS = 10_000;

export interface PathKeeperDeps extends Pick<StreamDeps, 'media' | 'clock' | 'log'> {
  readonly paths: PathReconciler;
  readonly pollMs: number;
  readonly streams: ReadonlyMap<string, Stream>;
  /** What the media server says of all its paths, each time it was asked. */
  readonly looked: (paths: readonly PathState[]) => void;
}

/** Looks at the media server's paths, often while somebody waits and seldom at rest, and has made right what is not as it should be. */
export class PathKeeper {
  readonly #deps: PathKeeperDeps;
  readonly #stopping: AbortSignal;
  #waiting = 0;
  /** Fires when the next look at the media server should not wait. */
  readonly #hurry = new Pulse();
  /** Fires when the media server is to be asked again regularly. */
  readonly #wake = new Pulse();

  constructor(deps: PathKeeperDeps, stopping: AbortSignal) {
    this.#deps = deps;
    this.#stopping = stopping;
  }

  /** Ends rest: somebody needs a camera. */
  wake(): void {
    this.#wake.fire();
  }

  /** Does `work` while looking often. */
  async hurrying(work: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#hurry.fire();
    try {
      await work();
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Makes one path as it should be. @throws PortError as `ensurePath`: then it is tried again at the next look. */
  async settle(camera: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.paths.settle(camera, signal);
    } catch (cause) {
      this.#wake.fire();
      throw cause;
    }
  }

  /** Makes all paths as they should be if the media server is there, and again later what fails. */
  async settleAll(): Promise<void> {
    await this.#deps.paths.settleAll(this.#stopping);
  }

  /** Takes in that the media server's state changed. A new epoch means that it forgot everything. */
  mediaChanged(state: MediaServerState): void {
    const { paths, streams } = this.#deps;
    const isNew = paths.serverChanged(state);
    if (state.status !== 'ready') for (const stream of streams.values()) stream.observe(undefined);
    if (isNew) void this.#restorePaths();
  }

  /** Looks until the service stops. */
  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      if (this.#deps.paths.isReady && this.#deps.streams.size > 0) await this.#look();
      await this.#untilNextLook();
    }
  }

  async #restorePaths(): Promise<void> {
    await this.settleAll();
    for (const stream of this.#deps.streams.values()) stream.retryNow();
  }

  async #untilNextLook(): Promise<void> {
    const { clock, pollMs } = this.#deps;
    if (this.#isIdle()) {
      await pause(clock, { ms: REST_POLL_MS, pulse: this.#wake }, this.#stopping);
      if (this.#isIdle()) return;
    }
    const ms = this.#waiting > 0 ? FAST_POLL_MS : pollMs;
    await pause(clock, { ms, pulse: this.#hurry }, this.#stopping);
  }

  #isIdle(): boolean {
    const isInUse = (stream: Stream): boolean => stream.isWanted || stream.status !== 'INACTIVE';
    return (
      this.#waiting === 0 && !this.#deps.paths.isBehind && ![...this.#deps.streams.values()].some(isInUse)
    );
  }

  async #look(): Promise<void> {
    const { media, paths, log } = this.#deps;
    try {
      const found = await media.paths(this.#stopping);
      const byName = new Map(found.map((path) => [path.name, path]));
      for (const [camera, stream] of this.#deps.streams) stream.observe(byName.get(camera));
      paths.observe(found);
      this.#deps.looked(found);
      await this.settleAll();
    } catch (cause) {
      if (!this.#stopping.aborted) log.debug('the media server did not list its paths', { cause });
    }
  }
}
