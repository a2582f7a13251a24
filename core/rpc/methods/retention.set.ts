import { invalidParam, ServiceError } from '../../errors/service-error.js';
import { faultOf, POLICY_TYPES, type RetentionPolicy } from '../../retention/policy.js';
import { policyView, viewOf } from '../../views/retention-view.js';
import { s } from '../../validation/schema.js';
import { defineMethod } from '../define-method.js';

const CONFIGURED = 'configured';

export const setRetentionPolicy = defineMethod({
  name: 'set_retention_policy',
  summary: 'Sets which recordings are deleted, for all cameras or for one. It replaces what is configured.',
  role: 'admin',
  params: s.object({
    policy_type: s.oneOf(...POLICY_TYPES, CONFIGURED),
    max_age_days: s.optional(s.number({ min: 0, max: 36_500, doc: 'Days since the end of a recording.' })),
    max_size_gb: s.optional(
      s.number({ min: 0, max: 36_500_000, doc: 'Total size in gigabytes (1,000,000,000 bytes).' }),
    ),
    min_free_gb: s.optional(
      s.number({ min: 0, max: 36_500_000, doc: 'Free space that is kept, in gigabytes. Not with device.' }),
    ),
    include_unknown: s.optional(
      s.bool('Whether files that this service has not recorded are included. Not with device.'),
    ),
    enabled: s.optional(s.bool('Required, except with policy_type configured.')),
    device: s.optional(s.cameraId()),
  }),
  result: s.object({ ...policyView.properties, message: s.string() }),
  errors: ['CAMERA_NOT_FOUND', 'STORAGE_FULL', 'DEPENDENCY_FAILED'],
  timeoutMs: 10_000,
  audited: [
    ...(['policy_type', 'max_age_days', 'max_size_gb', 'min_free_gb'] as const),
    ...(['include_unknown', 'enabled', 'device'] as const),
  ],
  needs: ['files'],
  uses: ['retention'],
  handler: async ({ device, ...given }, { principal }, { retention }) => {
    if (device === undefined && principal.cameras !== undefined) throw notTheirs();
    await retention.setPolicy(policyFrom(given, device !== undefined), device);
    const { policy, origin } = retention.policyOf(device);
    const view = viewOf(policy, { device, origin });
    return { ...view, message: messageFor(policy, origin) };
  },
});

interface Given {
  readonly policy_type: RetentionPolicy['type'] | typeof CONFIGURED;
  readonly enabled?: boolean;
  readonly max_age_days?: number;
  readonly max_size_gb?: number;
  readonly min_free_gb?: number;
  readonly include_unknown?: boolean;
}

/** @returns `undefined` for what is configured. @throws ServiceError `INVALID_PARAMS`. */
function policyFrom(
  { policy_type: type, ...given }: Given,
  isOfCamera: boolean,
): RetentionPolicy | undefined {
  if (type === CONFIGURED) {
    const [more] = Object.keys(given);
    if (more === undefined) return undefined;
    throw invalidParam(
      more,
      CONFIGURED,
      `Omit it: with policy_type ${CONFIGURED}, the configuration says it.`,
    );
  }
  const { enabled, max_age_days: maxAgeDays, max_size_gb: maxSizeGb, min_free_gb: minFreeGb } = given;
  if (enabled === undefined) throw invalidParam('enabled', 'required', 'The parameter is missing.');
  const policy: RetentionPolicy = {
    ...{ type, enabled },
    ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
    ...(maxSizeGb === undefined ? {} : { maxSizeGb }),
    ...(minFreeGb === undefined ? {} : { minFreeGb }),
    ...(given.include_unknown === undefined ? {} : { includesUnknown: given.include_unknown }),
  };
  const fault = faultOf(policy, isOfCamera);
  if (fault) throw invalidParam(fault.param, fault.rule, fault.hint);
  return policy;
}

function messageFor({ enabled, type }: RetentionPolicy, origin: 'stored' | 'configured' | 'global'): string {
  const from = {
    stored: 'The policy has been stored and replaces the configured one.',
    configured: 'The configured policy is in force.',
    global: 'The camera has no policy of its own; the one for all cameras is in force.',
  }[origin];
  if (!enabled) return `${from} It is disabled: nothing is deleted.`;
  return type === 'manual'
    ? `${from} Recordings are deleted only when cleanup_old_files is called.`
    : `${from} Recordings that exceed its limits are deleted automatically.`;
}

function notTheirs(): ServiceError<'PERMISSION_DENIED'> {
  const message = 'This credential is limited to some cameras: name one of them as device';
  return new ServiceError('PERMISSION_DENIED', { required_role: 'admin', have_role: 'admin' }, { message });
}
