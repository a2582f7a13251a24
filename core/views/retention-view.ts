import type { RetentionPolicy } from '../retention/policy.js';
import { POLICY_TYPES } from '../retention/policy.js';
import { s } from '../validation/schema.js';

/** Where a policy comes from; `global`: the camera has none of its own. */
export const POLICY_ORIGINS = ['stored', 'configured', 'global'] as const;
export type PolicySource = (typeof POLICY_ORIGINS)[number];

/** A retention policy as clients see it. A limit that is absent does not exist. */
export const policyView = s.object({
  policy_type: s.oneOf(...POLICY_TYPES),
  enabled: s.bool(),
  max_age_days: s.optional(s.number({ min: 0 })),
  max_size_gb: s.optional(s.number({ min: 0 })),
  min_free_gb: s.optional(s.number({ min: 0 })),
  include_unknown: s.optional(s.bool()),
  device: s.optional(s.cameraId()),
  origin: s.oneOf(...POLICY_ORIGINS),
});

export function viewOf(
  { type, enabled, maxAgeDays, maxSizeGb, minFreeGb, includesUnknown }: RetentionPolicy,
  { device, origin }: { readonly device: string | undefined; readonly origin: PolicySource },
) {
  return {
    ...{ policy_type: type, enabled },
    ...(maxAgeDays === undefined ? {} : { max_age_days: maxAgeDays }),
    ...(maxSizeGb === undefined ? {} : { max_size_gb: maxSizeGb }),
    ...(minFreeGb === undefined ? {} : { min_free_gb: minFreeGb }),
    ...(includesUnknown === undefined ? {} : { include_unknown: includesUnknown }),
    ...(device === undefined ? {} : { device }),
    origin,
  };
}
