import type { HealthReport } from '../../../ports/index.js';
import { defineMethod } from '../define-method.js';
import { visibleCameras } from '../scope.js';
import { s } from '../../validation/schema.js';

export const getSystemStatus = defineMethod({
  name: 'get_system_status',
  summary: 'Returns whether the service has finished starting, and which cameras can be used.',
  role: 'viewer',
  params: s.object({}),
  result: s.object({
    status: s.oneOf('starting', 'partial', 'ready'),
    message: s.string(),
    available_cameras: s.array(s.cameraId()),
    discovery_active: s.bool(),
  }),
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  uses: ['health', 'cameras'],
  handler: async (_params, { principal }, { health, cameras }) => {
    const { components } = health.report();
    const troubles = Object.entries(components).filter(([, component]) => component.state !== 'ok');
    const status = !health.isStarted ? 'starting' : troubles.length > 0 ? 'partial' : 'ready';
    const visible = new Set(visibleCameras(cameras, principal));
    const available = cameras
      .list()
      .filter((camera) => visible.has(camera.id) && camera.status === 'CONNECTED');
    return {
      status,
      message: messageFor(
        status,
        troubles.map(([name, { state, reason }]) => `${name}: ${reason ?? state}`),
      ).concat(sourcesOf(components['device-sources'])),
      available_cameras: available.map((camera) => camera.id),
      discovery_active: [...cameras.sourceStates.values()].some((source) => source.isWatching),
    };
  },
});

function messageFor(status: 'starting' | 'partial' | 'ready', troubles: readonly string[]): string {
  if (status === 'ready') return 'Everything is working.';
  const detail = troubles.length > 0 ? ` (${troubles.join('; ')})` : '';
  return status === 'starting'
    ? `The service is starting${detail}.`
    : `The service is partly available${detail}.`;
}

/** Which sources of cameras speak. One that does not work is among the troubles. */
function sourcesOf(component: HealthReport['components'][string] | undefined): string {
  return component?.state === 'ok' && component.reason !== undefined
    ? ` Device sources: ${component.reason}.`
    : '';
}
