import { withoutExtension } from '../files/file-names.js';
import { atOnce, each, sorted, type Steps } from '../lifecycle/in-turns.js';
import { DAY_MS, GB, NO_RETENTION, type RetentionPolicies, type RetentionPolicy } from './policy.js';

/** What is wanted. Survives every restart. */
export interface RetentionWish extends RetentionPolicies {
  /** Names without extension of the recordings that must not be deleted. */
  readonly protectedNames: ReadonlySet<string>;
}

/** A recording as it was observed. */
export interface RetainedFile {
  readonly filename: string;
  /** Empty for a file of unknown origin. */
  readonly camera: string;
  readonly sizeBytes: number;
  /** When its newest frame was taken or it was last written to, whichever is later. Milliseconds since 1970. */
  readonly endedAt: number;
  /** False: nothing proves that this service has recorded it. */
  readonly isKnown: boolean;
  /** It is being written, may be, or could not be deleted a moment ago. */
  readonly isHeld: boolean;
}

export interface RetentionView {
  readonly files: readonly RetainedFile[];
  readonly availableBytes: number;
  /** Milliseconds since 1970; `undefined` while the clock cannot be trusted: nothing is too old then. */
  readonly now: number | undefined;
}

/** Which limit a file is deleted for. `free_space`: the minimum of free space. */
export type RetentionReason = 'age' | 'size' | 'free_space';

export interface Deletion {
  readonly file: RetainedFile;
  readonly reason: RetentionReason;
}

/** `request`: somebody has called `cleanup_old_files`, to which policies of type `manual` apply as well. */
export type RetentionTrigger = 'automatic' | 'request';

/**
 * What is to be deleted, those first that ended first: nothing that is held, protected, of unknown origin (unless the global policy
 * includes it) or of a camera whose policy is not in force, and no more than the limits require. Decides only.
 *
 * A camera with a policy of its own is exempt from the age and the size of the global one. The minimum of free space is global: it
 * takes the oldest recordings of all cameras whose policy is in force.
 */
export function planRetention(
  wish: RetentionWish,
  view: RetentionView,
  trigger: RetentionTrigger = 'automatic',
): readonly Deletion[] {
  return atOnce(planInSteps(wish, view, trigger));
}

/** The same in steps of some milliseconds, for a great number of files. */
export function* planInSteps(
  wish: RetentionWish,
  view: RetentionView,
  trigger: RetentionTrigger = 'automatic',
): Steps<readonly Deletion[]> {
  const plan = new Plan(wish, view, trigger);
  yield* plan.prepare();
  yield* plan.byAge();
  yield* plan.bySize();
  yield* plan.byFreeSpace();
  return yield* plan.deletions();
}

/** Whether a policy deletes anything at all. */
export function isInForce({ enabled, type }: RetentionPolicy, trigger: RetentionTrigger): boolean {
  return enabled && (trigger === 'request' || type !== 'manual');
}

/** There was no such service before 2020. */
const EARLIEST_MS = Date.UTC(2020, 0, 1);

/** Files that share one limit of size. */
interface Group {
  readonly policy: RetentionPolicy;
  totalBytes: number;
}

type Candidate = readonly [RetainedFile, Group];

class Plan {
  readonly #wish: RetentionWish;
  readonly #view: RetentionView;
  readonly #trigger: RetentionTrigger;
  readonly #groups = new Map<string, Group>();
  /** Those that may be deleted, oldest first, with the group that each belongs to. */
  #candidates: readonly Candidate[] = [];
  readonly #chosen = new Map<RetainedFile, RetentionReason>();
  #freedBytes = 0;

  constructor(wish: RetentionWish, view: RetentionView, trigger: RetentionTrigger) {
    this.#wish = wish;
    this.#view = view;
    this.#trigger = trigger;
  }

  *prepare(): Steps<void> {
    const candidates: Candidate[] = [];
    yield* each(this.#view.files, (file) => {
      const group = this.#groupOf(file);
      if (!group) return;
      group.totalBytes += file.sizeBytes;
      if (!file.isHeld && !this.#isProtected(file)) candidates.push([file, group]);
    });
    this.#candidates = yield* sorted(candidates, ([a], [b]) => olderFirst(a, b));
  }

  *byAge(): Steps<void> {
    const { now } = this.#view;
    if (now === undefined) return;
    yield* each(this.#candidates, ([file, group]) => {
      const { maxAgeDays } = group.policy;
      // Recorded before the clock was set: nobody knows how old it is.
      if (file.endedAt < EARLIEST_MS) return;
      if (maxAgeDays !== undefined && now - file.endedAt > maxAgeDays * DAY_MS)
        this.#choose(file, group, 'age');
    });
  }

  *bySize(): Steps<void> {
    yield* each(this.#candidates, ([file, group]) => {
      const { maxSizeGb } = group.policy;
      if (maxSizeGb !== undefined && group.totalBytes > maxSizeGb * GB) this.#choose(file, group, 'size');
    });
  }

  *byFreeSpace(): Steps<void> {
    const { global = NO_RETENTION } = this.#wish;
    if (global.minFreeGb === undefined || !isInForce(global, this.#trigger)) return;
    const missing = global.minFreeGb * GB - this.#view.availableBytes;
    yield* each(this.#candidates, ([file, group]) => {
      if (this.#freedBytes < missing) this.#choose(file, group, 'free_space');
    });
  }

  *deletions(): Steps<readonly Deletion[]> {
    const deletions: Deletion[] = [];
    yield* each(this.#candidates, ([file]) => {
      const reason = this.#chosen.get(file);
      if (reason !== undefined) deletions.push({ file, reason });
    });
    return deletions;
  }

  #choose(file: RetainedFile, group: Group, reason: RetentionReason): void {
    // To delete an empty file helps against nothing but its age.
    if (this.#chosen.has(file) || (reason !== 'age' && file.sizeBytes <= 0)) return;
    this.#chosen.set(file, reason);
    this.#freedBytes += file.sizeBytes;
    group.totalBytes -= file.sizeBytes;
  }

  /** @returns `undefined` for a file that no policy is about. */
  #groupOf({ camera, isKnown }: RetainedFile): Group | undefined {
    const { cameras, global = NO_RETENTION } = this.#wish;
    if (!isKnown && global.includesUnknown !== true) return undefined;
    const own = isKnown && Object.hasOwn(cameras, camera) ? cameras[camera] : undefined;
    const policy = own ?? global;
    if (!isInForce(policy, this.#trigger)) return undefined;
    const name = own === undefined ? '' : camera;
    let group = this.#groups.get(name);
    if (!group) this.#groups.set(name, (group = { policy, totalBytes: 0 }));
    return group;
  }

  #isProtected({ filename }: RetainedFile): boolean {
    const { protectedNames } = this.#wish;
    return protectedNames.size > 0 && protectedNames.has(withoutExtension(filename));
  }
}

function olderFirst(a: RetainedFile, b: RetainedFile): number {
  return a.endedAt - b.endedAt || (a.filename < b.filename ? -1 : Number(a.filename > b.filename));
}
