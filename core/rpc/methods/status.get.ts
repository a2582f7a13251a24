import type { HealthReport } from '../../../ports/transport.js';
import { defineMethod, type Answer } from '../define-method.js';
import { s, type Infer } from '../../validation/schema.js';

const result = s.object({
  status: s.oneOf('HEALTHY', 'DEGRADED', 'UNHEALTHY'),
  uptime: s.number({ min: 0, doc: 'Whole seconds.' }),
  version: s.string(),
  api_version: s.string(),
  components: s.record(
    s.object({ state: s.string(), since: s.time(), reason: s.optional(s.string()) }),
    'By name.',
  ),
});

/** Everybody asks all the time: one answer per second and change, frozen, so that a transport can keep its text. */
const latest = new WeakMap<HealthReport, Answer<Infer<typeof result>>>();

export const getStatus = defineMethod({
  name: 'get_status',
  summary: 'Returns the health of the service and of its components.',
  role: 'viewer',
  params: s.object({}),
  result,
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  uses: ['health', 'about'],
  handler: async (_params, call, { health, about }) => {
    const report = health.report();
    const uptime = Math.max(0, Math.floor((call.now() - about.startedAt) / 1_000));
    const known = latest.get(report);
    if (known?.uptime === uptime) return known;
    const { status, components } = report;
    const { version, apiVersion } = about;
    const answer = Object.freeze({ status, uptime, version, api_version: apiVersion, components });
    latest.set(report, answer);
    return answer;
  },
});
