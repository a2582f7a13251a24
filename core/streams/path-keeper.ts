import type { MediaServerState, PathState } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import { pause } from '../lifecycle/pause.js';
import { Pulse } from '../lifecycle/pulse.js';
import type { StreamDeps } from './stream-options.js';
import type { Stream } from './stream.js';

/** How often the media server is asked while somebody waits for a path to become ready. */
const FAST_POLL_MS = 100;
/** The same while no stream runs and nobody needs one: whoever comes is announced by the callback. */
const REST_POLL_MS = 10_000;

export interface PathKeeperDeps extends Pick<StreamDeps, 'media' | 'registry' | 'clock' | 'log'> {
  readonly pollMs: number;
  readonly streams: ReadonlyMap<string, Stream>;
  readonly streamOf: (camera: string) => Stream;
  /** What the media server says of all its paths, each time it was asked. */
  readonly looked: (paths: readonly PathState[]) => void;
}

/** Keeps the media server's paths as they should be, and asks how they are: often while somebody waits, seldom at rest. */
export class PathKeeper {
  readonly #deps: PathKeeperDeps;
  readonly #stopping: AbortSignal;
  #mediaState: MediaServerState = { status: 'down', epoch: 0 };
  #waiting = 0;
  /** Fires when the next look at the media server should not wait. */
  readonly #hurry = new Pulse();
  /** Cameras whose path may not be as it should. */
  readonly #unsure = new Set<string>();
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

  /** A call without an answer may have been heard or not, or be heard later: what is wanted is said again at the next chance. */
  async configure(camera: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.streamOf(camera).configure(signal);
      this.#unsure.delete(camera);
    } catch (cause) {
      this.#unsure.add(camera);
      this.#wake.fire();
      throw cause;
    }
  }

  /** Sets the path of a camera up if the media server is there, and again later if that fails. */
  async ensure(camera: Camera): Promise<void> {
    const { media, log } = this.#deps;
    if (media.state().status !== 'ready' || camera.identity.matchedBy === 'ambiguous') return;
    try {
      await this.configure(camera.id, this.#stopping);
    } catch (cause) {
      if (!this.#stopping.aborted) log.warn('path could not be set up', { camera: camera.id, cause });
    }
  }

  /** Takes in that the media server's state changed. A new epoch means that it forgot everything. */
  mediaChanged(state: MediaServerState): void {
    const isNew =
      state.status === 'ready' &&
      (this.#mediaState.status !== 'ready' || this.#mediaState.epoch !== state.epoch);
    this.#mediaState = state;
    if (state.status !== 'ready') for (const stream of this.#deps.streams.values()) stream.observe(undefined);
    if (isNew) void this.#restorePaths();
  }

  /** Looks until the service stops. */
  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      if (this.#mediaState.status === 'ready' && this.#deps.streams.size > 0) await this.#look();
      await this.#untilNextLook();
    }
  }

  async #restorePaths(): Promise<void> {
    for (const camera of this.#deps.registry.list()) await this.ensure(camera);
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
    return this.#waiting === 0 && this.#unsure.size === 0 && ![...this.#deps.streams.values()].some(isInUse);
  }

  async #look(): Promise<void> {
    const { media, registry, log } = this.#deps;
    try {
      const paths = await media.paths(this.#stopping);
      const byName = new Map(paths.map((path) => [path.name, path]));
      for (const [camera, stream] of this.#deps.streams) stream.observe(byName.get(camera));
      this.#deps.looked(paths);
      for (const id of this.#unsure) {
        const camera = registry.get(id);
        if (camera) await this.ensure(camera);
      }
    } catch (cause) {
      if (!this.#stopping.aborted) log.debug('the media server did not list its paths', { cause });
    }
  }
}
