import type { Logger, MediaServer, MediaServerState, PathSpec, PathState } from '../../ports/index.js';
import type { CameraRegistry } from '../cameras/registry.js';
import { Mutex } from '../lifecycle/mutex.js';
import {
  planPaths,
  type DesiredPath,
  type ObservedPaths,
  type PathAction,
  type ToldPath,
} from './path-plan.js';

export interface PathReconcilerDeps {
  readonly media: MediaServer;
  readonly registry: CameraRegistry;
  readonly log: Logger;
}

/** Makes the media server's paths as they should be. Nobody else tells it of paths. */
export class PathReconciler {
  readonly #deps: PathReconcilerDeps;
  readonly #desired = new Map<string, DesiredPath>();
  readonly #told = new Map<string, ToldPath>();
  /** One call at a time for each path: an older one must not have the last word. */
  readonly #turns = new Map<string, Mutex>();
  #server: MediaServerState = { status: 'down', epoch: 0 };

  constructor(deps: PathReconcilerDeps) {
    this.#deps = deps;
  }

  /** Whether the media server accepts calls. */
  get isReady(): boolean {
    return this.#server.status === 'ready';
  }

  record(name: string): PathSpec['record'] {
    return this.#desired.get(name)?.record ?? false;
  }

  /** Says what is wanted of a path. The media server learns it with the next `settle`. */
  want(name: string, record: PathSpec['record']): void {
    this.#desired.set(name, { record });
  }

  /** Whether something is left to be told. */
  get isBehind(): boolean {
    return this.#plan().length > 0;
  }

  /**
   * Makes one path as it should be, at once and even if the server seems to be away. @throws PortError as `MediaServer.ensurePath`:
   * then it is told again at the next chance.
   */
  async settle(name: string, signal: AbortSignal): Promise<void> {
    this.want(name, this.record(name));
    await this.#inTurn(name, { isReady: true }, signal);
  }

  /** Makes all paths as they should be, each by itself; what fails is logged and left to the next time. */
  async settleAll(signal: AbortSignal): Promise<void> {
    for (const { name } of this.#plan()) {
      try {
        await this.#inTurn(name, this, signal);
      } catch (cause) {
        if (signal.aborted) return;
        this.#deps.log.warn('path could not be set up', { camera: name, cause });
      }
    }
  }

  /** Takes in the state of the media server. @returns whether everything must be told again. */
  serverChanged(state: MediaServerState): boolean {
    const before = this.#server;
    this.#server = state;
    const isNew = state.status === 'ready' && (before.status !== 'ready' || before.epoch !== state.epoch);
    if (isNew) this.#told.clear();
    return isNew;
  }

  /** Takes in which paths there are. One that was told and is not there has been removed by somebody else. */
  observe(paths: readonly PathState[]): void {
    const names = new Set(paths.map(({ name }) => name));
    for (const name of this.#told.keys()) if (!names.has(name)) this.#told.set(name, 'unsure');
  }

  /** What is to be done is decided when it is this call's turn, by what is wanted then. */
  async #inTurn(
    name: string,
    { isReady }: Pick<ObservedPaths, 'isReady'>,
    signal: AbortSignal,
  ): Promise<void> {
    let turn = this.#turns.get(name);
    if (turn === undefined) this.#turns.set(name, (turn = new Mutex()));
    await turn.run(async () => {
      const plan = planPaths(this.#desired, { ...this.#observed(), isReady });
      const action = plan.find((each) => each.name === name);
      if (action !== undefined) await this.#apply(action, signal);
    });
  }

  async #apply(action: PathAction, signal: AbortSignal): Promise<void> {
    const { media } = this.#deps;
    const { epoch } = this.#server;
    this.#told.set(action.name, 'unsure');
    if (action.type === 'ensure') await media.ensurePath(action.name, action.spec, signal);
    else await media.removePath(action.name, signal);
    // Whoever has lost everything meanwhile has lost this, too.
    if (epoch !== this.#server.epoch) return;
    if (action.type === 'ensure') this.#told.set(action.name, action.spec);
    else this.#told.delete(action.name);
  }

  #plan(): readonly PathAction[] {
    return planPaths(this.#desired, this.#observed());
  }

  #observed(): ObservedPaths {
    const cameras = this.#deps.registry
      .list()
      .map(
        ({ id, status, identity }) =>
          [id, { isBusy: status === 'BUSY', isAmbiguous: identity.matchedBy === 'ambiguous' }] as const,
      );
    return { isReady: this.isReady, cameras: new Map(cameras), told: this.#told };
  }
}
