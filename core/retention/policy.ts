import { compile, s, type Infer } from '../validation/schema.js';

/**
 * `age` and `size`: recordings are deleted without being asked. `manual`: only when `cleanup_old_files` is called. Every limit that
 * a policy has applies, whatever its type.
 */
export const POLICY_TYPES = ['age', 'size', 'manual'] as const;

export type PolicyType = (typeof POLICY_TYPES)[number];

/** A day in milliseconds. */
export const DAY_MS = 86_400_000;
/** A gigabyte as disks are sold: 1,000,000,000 bytes. */
export const GB = 1_000_000_000;
/** A hundred years, and more than any disk holds: both in milliseconds and in bytes they are exact. */
const MOST = 36_500;

const limit = s.number({ min: 0, max: MOST });
const policy = s.object({
  type: s.oneOf(...POLICY_TYPES),
  enabled: s.bool(),
  maxAgeDays: s.optional(limit),
  maxSizeGb: s.optional(s.number({ min: 0, max: MOST * 1_000 })),
  minFreeGb: s.optional(s.number({ min: 0, max: MOST * 1_000 })),
  includesUnknown: s.optional(s.bool()),
});

/** Which recordings are deleted. A limit that is absent does not exist. Plain data: it is stored as it is. */
export type RetentionPolicy = Readonly<Infer<typeof policy>>;

/** The policies of an installation: one for all cameras, and those of cameras that have their own. */
export interface RetentionPolicies {
  readonly global?: RetentionPolicy | undefined;
  readonly cameras: Readonly<Record<string, RetentionPolicy>>;
}

/** What is deleted unless somebody asks for more: nothing. */
export const NO_RETENTION: RetentionPolicy = { type: 'manual', enabled: false };

/** Policies as they are stored. */
export const storedPolicies = compile(s.object({ global: s.optional(policy), cameras: s.record(policy) }));

/** What is wrong with a policy, by the name of the parameter. */
export interface PolicyFault {
  readonly param: 'max_age_days' | 'max_size_gb' | 'min_free_gb' | 'include_unknown';
  readonly rule: string;
  readonly hint: string;
}

/** @param camera whether it is the policy of one camera. @returns `undefined` for a policy that can be applied. */
export function faultOf(candidate: RetentionPolicy, camera: boolean): PolicyFault | undefined {
  const { type, maxAgeDays, maxSizeGb, minFreeGb, includesUnknown } = candidate;
  if (maxAgeDays === 0) return fault('max_age_days', 'minimum', 'Omit the limit, or set it above 0.');
  if (maxSizeGb === 0) return fault('max_size_gb', 'minimum', 'Omit the limit, or set it above 0.');
  if (camera && minFreeGb !== undefined)
    return fault('min_free_gb', 'device', 'Free space is shared by all cameras: set it without a device.');
  if (camera && includesUnknown === true)
    return fault('include_unknown', 'device', 'Such files belong to no camera: set it without a device.');
  if (type === 'age' && maxAgeDays === undefined)
    return fault('max_age_days', 'required', 'A policy of type age needs a maximum age.');
  if (type === 'size' && maxSizeGb === undefined && minFreeGb === undefined)
    return fault('max_size_gb', 'required', `A policy of type size needs ${sizeLimits(camera)}.`);
  return undefined;
}

function sizeLimits(camera: boolean): string {
  return camera ? 'max_size_gb' : 'max_size_gb or min_free_gb';
}

function fault(param: PolicyFault['param'], rule: string, hint: string): PolicyFault {
  return { param, rule, hint };
}
