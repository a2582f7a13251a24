import {
  faultOf,
  type PolicyType,
  type RetentionPolicies,
  type RetentionPolicy,
} from '../core/retention/policy.js';

/** One policy as it stands in the configuration. A limit of 0 is none. */
interface GivenPolicy {
  readonly enabled?: boolean;
  readonly policy_type?: PolicyType;
  readonly max_age_days?: number;
  readonly max_size_gb?: number;
  readonly min_free_gb?: number;
  readonly include_unknown?: boolean;
}

interface GivenCamera extends GivenPolicy {
  readonly device: string;
}

/** The policies that apply until others are stored. @param get the value of a key. */
export function retentionPolicies(get: (key: string) => unknown): RetentionPolicies {
  return {
    global: policyFrom(globalOf(get)),
    cameras: Object.fromEntries(camerasOf(get).map((given) => [given.device, policyFrom(given)])),
  };
}

/** What single values cannot tell: limits that a type needs. */
export function faultsOfRetention(get: (key: string) => unknown): string[] {
  const { global, cameras } = retentionPolicies(get);
  const all = [
    ...(global === undefined ? [] : [{ where: 'retention', policy: global, isCamera: false }]),
    ...camerasOf(get).flatMap(({ device }, index) => {
      const policy = cameras[device];
      return policy === undefined
        ? []
        : [{ where: `retention.cameras[${String(index)}]`, policy, isCamera: true }];
    }),
  ];
  return all.flatMap(({ where, policy, isCamera }) => {
    const fault = policy.enabled ? faultOf(policy, isCamera) : undefined;
    return fault === undefined ? [] : [`${where}.${fault.param}: ${fault.hint}`];
  });
}

const OPTIONS = ['enabled', 'policy_type', 'max_age_days', 'max_size_gb', 'min_free_gb', 'include_unknown'];

function globalOf(get: (key: string) => unknown): GivenPolicy {
  return Object.fromEntries(OPTIONS.map((name) => [name, get(`retention.${name}`)]));
}

function camerasOf(get: (key: string) => unknown): readonly GivenCamera[] {
  return get('retention.cameras') as readonly GivenCamera[];
}

function policyFrom(given: GivenPolicy): RetentionPolicy {
  const { enabled = true, policy_type: type = 'manual' } = given;
  const { max_age_days: age = 0, max_size_gb: size = 0, min_free_gb: free = 0, include_unknown } = given;
  return {
    ...{ type, enabled },
    ...(age > 0 ? { maxAgeDays: age } : {}),
    ...(size > 0 ? { maxSizeGb: size } : {}),
    ...(free > 0 ? { minFreeGb: free } : {}),
    ...(include_unknown === true ? { includesUnknown: true } : {}),
  };
}
