import { defineMethod } from '../define-method.js';
import { s } from '../validation.js';

export const getStatus = defineMethod({
  name: 'get_status',
  summary: 'How the service and its parts are.',
  role: 'viewer',
  params: s.object({}),
  result: s.object({
    status: s.oneOf('HEALTHY', 'DEGRADED', 'UNHEALTHY'),
    uptime: s.number({ min: 0, doc: 'Seconds.' }),
    version: s.string(),
    api_version: s.string(),
    components: s.record(
      s.object({ state: s.string(), since: s.time(), reason: s.optional(s.string()) }),
      'By name.',
    ),
  }),
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  handler: async (_params, { services, now }) => {
    const { status, components } = services.health.report();
    const { version, apiVersion, startedAt } = services.about;
    return {
      status,
      uptime: Math.max(0, (now() - startedAt) / 1_000),
      version,
      api_version: apiVersion,
      components,
    };
  },
});
