import { withoutExtension } from '../files/file-names.js';
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
  const plan = new Plan(wish, view, trigger);
  plan.byAge();
  plan.bySize();
  plan.byFreeSpace();
  return plan.deletions();
}

/** The policy that applies to the recordings of a camera. */
export function policyOf(
  { global = NO_RETENTION, cameras }: RetentionPolicies,
  camera: string,
): RetentionPolicy {
  return (Object.hasOwn(cameras, camera) ? cameras[camera] : undefined) ?? global;
}

/** Whether a policy deletes anything at all. */
export function isInForce({ enabled, type }: RetentionPolicy, trigger: RetentionTrigger): boolean {
  return enabled && (trigger === 'request' || type !== 'manual');
}

/** Files that share one limit of size. */
interface Group {
  readonly policy: RetentionPolicy;
  totalBytes: number;
}

class Plan {
  readonly #wish: RetentionWish;
  readonly #view: RetentionView;
  readonly #trigger: RetentionTrigger;
  readonly #groups = new Map<string, Group>();
  /** Those that may be deleted, oldest first, with the group that each belongs to. */
  readonly #candidates: readonly (readonly [RetainedFile, Group])[];
  readonly #chosen = new Map<RetainedFile, RetentionReason>();
  #freedBytes = 0;

  constructor(wish: RetentionWish, view: RetentionView, trigger: RetentionTrigger) {
    this.#wish = wish;
    this.#view = view;
    this.#trigger = trigger;
    const candidates: (readonly [RetainedFile, Group])[] = [];
    for (const file of view.files) {
      const group = this.#groupOf(file);
      if (!group) continue;
      group.totalBytes += file.sizeBytes;
      if (!file.isHeld && !this.#isProtected(file)) candidates.push([file, group]);
    }
    this.#candidates = candidates.sort(([a], [b]) => olderFirst(a, b));
  }

  byAge(): void {
    const { now } = this.#view;
    if (now === undefined) return;
    for (const [file, group] of this.#candidates) {
      const { maxAgeDays } = group.policy;
      if (maxAgeDays !== undefined && now - file.endedAt > maxAgeDays * DAY_MS)
        this.#choose(file, group, 'age');
    }
  }

  bySize(): void {
    for (const [file, group] of this.#candidates) {
      const { maxSizeGb } = group.policy;
      if (maxSizeGb !== undefined && group.totalBytes > maxSizeGb * GB) this.#choose(file, group, 'size');
    }
  }

  byFreeSpace(): void {
    const { global = NO_RETENTION } = this.#wish;
    if (global.minFreeGb === undefined || !isInForce(global, this.#trigger)) return;
    const missing = global.minFreeGb * GB - this.#view.availableBytes;
    for (const [file, group] of this.#candidates)
      if (this.#freedBytes < missing) this.#choose(file, group, 'free_space');
  }

  deletions(): readonly Deletion[] {
    return this.#candidates.flatMap(([file]) => {
      const reason = this.#chosen.get(file);
      return reason === undefined ? [] : [{ file, reason }];
    });
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
