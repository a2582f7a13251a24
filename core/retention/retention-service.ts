import {
  isPortError,
  type Capacity,
  type Clock,
  type Component,
  type FileStore,
  type Principal,
} from '../../ports/index.js';
import { maySee } from '../auth/roles.js';
import { fromPortError } from '../errors/service-error.js';
import type { FileIndex } from '../files/file-index.js';
import type { IndexedFile } from '../files/file-note.js';
import type { HealthBoard } from '../health/health-board.js';
import type { HealthMonitor } from '../health/health-monitor.js';
import { follow } from '../lifecycle/follow.js';
import { inTurns } from '../lifecycle/in-turns.js';
import { Mutex } from '../lifecycle/mutex.js';
import { pause } from '../lifecycle/pause.js';
import { Pulse } from '../lifecycle/pulse.js';
import type { RecordingService } from '../recordings/recording-service.js';
import { Deleter, RETENTION, type DeleterDeps, type OnBehalfOf } from './deleter.js';
import { daysLeft } from './forecast.js';
import { observeFiles } from './observe.js';
import { isInForce, planInSteps, type Deletion, type RetentionTrigger, type RetentionView } from './plan.js';
import { GB, NO_RETENTION, type RetentionPolicy } from './policy.js';
import type { RetentionStore } from './retention-store.js';
import { TrustedTime } from './trusted-time.js';

export interface RetentionOptions {
  /** Between two checks while nothing happens. */
  readonly intervalMs: number;
  /** Free bytes that recordings do not use. */
  readonly reserveBytes: number;
}

export interface RetentionDeps extends DeleterDeps {
  readonly wishes: RetentionStore;
  readonly index: Pick<FileIndex, 'all'>;
  readonly files: Pick<FileStore, 'capacity'>;
  readonly recordings: Pick<RecordingService, 'held' | 'discard' | 'changes' | 'closings'>;
  readonly monitor: Pick<HealthMonitor, 'space' | 'storageLow' | 'isLowWith'>;
  readonly board: Pick<HealthBoard, 'set'>;
  /** Lets others have their turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** How full the disk is, and with what. */
export interface StorageInfo extends Capacity {
  readonly recordingsBytes: number;
  readonly snapshotsBytes: number;
  readonly isLow: boolean;
  /** `undefined` when nothing tells. */
  readonly daysLeft: number | undefined;
}

export interface CleanUpRequest {
  readonly isDryRun: boolean;
  readonly who: OnBehalfOf;
  readonly budgetMs: number;
}

/** What a clean-up did, or would do. */
export interface CleanUp {
  readonly isDryRun: boolean;
  /** False: a stored document is damaged, and nothing is deleted until a policy is set again. */
  readonly isPossible: boolean;
  /** False: there is no policy by which anything could be deleted. */
  readonly isInForce: boolean;
  /** Those that were deleted, or would be. */
  readonly deletions: readonly Deletion[];
  /** How many files were to be deleted and are still there. */
  readonly left: number;
}

/** Two checks are at least this far apart, whatever happens. */
const PACE_MS = 5_000;
/** Low space alone is no reason to check again so soon after a check that found nothing to delete. */
const VAIN_MS = 60_000;

/**
 * Keeps recordings within what is wanted: checks after a recorded file was closed, when free space becomes low, when a policy was
 * set, and from time to time; one check at a time. Free space is only looked at; it is the health monitor that measures it.
 */
export class RetentionService implements Component {
  readonly name = 'retention';
  readonly #options: RetentionOptions;
  readonly #deps: RetentionDeps;
  readonly #deleter: Deleter;
  readonly #time: TrustedTime;
  readonly #turns = new Mutex();
  readonly #news = new Pulse();
  readonly #stopping = new AbortController();
  #offs: readonly (() => void)[] = [];
  /** Something has happened since the last check. */
  #isDue = true;
  #vainUntilMs = -Infinity;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions, deps: RetentionDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#deleter = new Deleter(deps);
    this.#time = new TrustedTime(deps.clock);
  }

  /** After the recordings that go on have been resumed: their files are not to be taken for closed ones. */
  async start(): Promise<void> {
    const { recordings, monitor } = this.#deps;
    this.#offs = [
      recordings.closings.add(() => this.#wake()),
      recordings.changes.add(({ type }) => (type === 'stopped' ? this.#wake() : undefined)),
      monitor.storageLow.add(() => this.#wake()),
      monitor.space.add(({ availableBytes }) => this.#spaceIs(availableBytes)),
    ];
    this.#tellHealth(() => true);
    this.#running = this.#run(this.#stopping.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    for (const off of this.#offs) off();
    this.#stopping.abort(new Error('service is stopping'));
    await this.#running;
  }

  /**
   * @param policy `undefined` for what is configured. @param camera absent for the global policy.
   * @throws ServiceError `STORAGE_FULL`, `DEPENDENCY_FAILED`: the policy before it is in force then, also after a restart.
   */
  async setPolicy(policy: RetentionPolicy | undefined, camera?: string): Promise<void> {
    try {
      await this.#deps.wishes.setPolicy(policy, camera);
    } catch (cause) {
      throw isPortError(cause) ? fromPortError(cause) : cause;
    }
    this.#vainUntilMs = -Infinity;
    this.#wake();
  }

  /** @throws PortError `STORAGE_FAILED`. */
  async storage(): Promise<StorageInfo> {
    const { index, files, monitor, clock } = this.#deps;
    const [recordings, snapshots] = [await index.all('recordings'), await index.all('snapshots')];
    const capacity = await files.capacity();
    const usableBytes = capacity.availableBytes - this.#options.reserveBytes;
    return {
      ...capacity,
      recordingsBytes: sizeOf(recordings),
      snapshotsBytes: sizeOf(snapshots),
      isLow: monitor.isLowWith(capacity.availableBytes),
      daysLeft: daysLeft({ files: recordings, usableBytes, now: clock.now() }),
    };
  }

  /** The global policy first, then those of single cameras, as they are in force. */
  policies(): readonly {
    readonly camera?: string;
    readonly policy: RetentionPolicy;
    readonly origin: 'stored' | 'configured' | 'global';
  }[] {
    const cameras = Object.keys(this.#deps.wishes.wish.cameras).sort();
    return [this.policyOf(), ...cameras.map((camera) => ({ camera, ...this.policyOf(camera) }))];
  }

  /** The policy of a camera, or the global one, as it is in force; and where it comes from. */
  policyOf(camera?: string): {
    readonly policy: RetentionPolicy;
    readonly origin: 'stored' | 'configured' | 'global';
  } {
    const { wishes } = this.#deps;
    const { global = NO_RETENTION, cameras } = wishes.wish;
    if (camera !== undefined && !Object.hasOwn(cameras, camera)) return { policy: global, origin: 'global' };
    return {
      policy: (camera === undefined ? global : cameras[camera]) ?? global,
      origin: wishes.originOf(camera),
    };
  }

  /**
   * Deletes at once what the policies allow, manual ones included; of the cameras that the caller may see.
   * @param request.isDryRun says what would be deleted, and deletes nothing.
   * @param request.budgetMs after this time the rest is left, as when the signal aborts.
   * @throws ServiceError `DEPENDENCY_FAILED` when the files cannot be listed.
   */
  async cleanUp({ isDryRun, who, budgetMs }: CleanUpRequest, signal: AbortSignal): Promise<CleanUp> {
    const { wishes, clock } = this.#deps;
    const about = { isDryRun, isPossible: !wishes.isLost, isInForce: this.#isInForce('request') };
    if (wishes.isLost) return { ...about, deletions: [], left: 0 };
    return await this.#turns.run(async () => {
      const plan = await this.#plan(await this.#view(clock.now()), 'request');
      const theirs = plan.filter(({ file }) => mayClear(file.camera, who.principal));
      if (isDryRun) return { ...about, deletions: theirs, left: 0 };
      const work = (inner: AbortSignal) => this.#deleter.run(theirs, who, inner);
      const deletions = await within({ clock, ms: budgetMs }, work, signal);
      return { ...about, deletions, left: theirs.length - deletions.length };
    });
  }

  #wake(): void {
    this.#isDue = true;
    this.#news.fire();
  }

  /** Called every few seconds. */
  #spaceIs(availableBytes: number): void {
    if (this.#isShort(availableBytes) && this.#deps.clock.monotonicMs() >= this.#vainUntilMs) this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(PACE_MS, signal).catch(() => undefined);
      if (!this.#isDue) await pause(clock, { ms: this.#options.intervalMs, pulse: this.#news }, signal);
      if (signal.aborted) return;
      this.#isDue = false;
      await this.#check(signal);
    }
  }

  /** Never rejects: a folder that cannot be listed is the storage's to tell. */
  async #check(signal: AbortSignal): Promise<void> {
    const { wishes, log } = this.#deps;
    // Every check looks at the clock, so that a step is seen also while there is nothing to delete.
    const now = this.#time.now();
    const isWanted = this.#isInForce('automatic');
    if (wishes.isLost || !isWanted) return this.#tellHealth(() => isWanted);
    try {
      await this.#turns.run(async () => {
        const view = await this.#view(now);
        const deletions = await this.#plan(view, 'automatic');
        const deleted = await this.#deleter.run(deletions, RETENTION, signal);
        if (deleted.length === 0 && this.#isShort(view.availableBytes))
          this.#vainUntilMs = this.#deps.clock.monotonicMs() + VAIN_MS;
        const names = new Set(view.files.map(({ filename }) => filename));
        this.#tellHealth((filename) => names.has(filename));
      });
    } catch (cause) {
      log.debug('the limits of retention could not be checked', { cause });
    }
  }

  /** Whether less space is free than is wanted. */
  #isShort(availableBytes: number): boolean {
    const { global = NO_RETENTION } = this.#deps.wishes.wish;
    return isInForce(global, 'automatic') && availableBytes < (global.minFreeGb ?? 0) * GB;
  }

  #isInForce(trigger: RetentionTrigger): boolean {
    const { global = NO_RETENTION, cameras } = this.#deps.wishes.wish;
    return [global, ...Object.values(cameras)].some((policy) => isInForce(policy, trigger));
  }

  async #plan(view: RetentionView, trigger: RetentionTrigger): Promise<readonly Deletion[]> {
    const { wishes, yieldTurn } = this.#deps;
    return await inTurns(planInSteps(wishes.wish, view, trigger), yieldTurn);
  }

  async #view(now: number | undefined): Promise<RetentionView> {
    const { index, files, recordings, yieldTurn } = this.#deps;
    const [all, { availableBytes }] = [await index.all('recordings'), await files.capacity()];
    const isHeld = recordings.held();
    const observed = await observeFiles(all, {
      isHeld: (filename) => isHeld(filename) || this.#deleter.isRefused(filename),
      yieldTurn,
    });
    return { files: observed, availableBytes, now };
  }

  #tellHealth(exists: (filename: string) => boolean): void {
    const { board, wishes } = this.#deps;
    const [first, ...others] = this.#deleter.troubles(exists);
    const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
    if (wishes.isLost) board.set('retention', 'degraded', { reason: LOST });
    else if (first === undefined) board.set('retention', 'ok');
    else board.set('retention', 'degraded', { reason: `recordings cannot be deleted: ${first}${more}` });
  }
}

function sizeOf(files: readonly IndexedFile[]): number {
  let bytes = 0;
  for (const { sizeBytes } of files) bytes += sizeBytes;
  return bytes;
}

/** Does the work with a signal that aborts when the time is over as well. */
async function within<T>(
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
  work: (inner: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  const unfollow = follow(signal, over);
  const cancel = clock.after(ms, () => over.abort(new Error('the time is over')));
  try {
    return await work(over.signal);
  } finally {
    cancel();
    unfollow();
  }
}

const LOST =
  'the stored retention policy or the list of protected recordings is damaged, and nothing is deleted: protect recordings again where necessary, then call set_retention_policy';

/** Files that belong to no camera are only for those who may access all. */
function mayClear(camera: string, principal: Principal): boolean {
  return principal.cameras === undefined || (camera !== '' && maySee(principal, camera));
}
