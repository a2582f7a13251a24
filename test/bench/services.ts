/** Services as the benchmarks need them. */
import { startService, type RunningService, type ServiceOptions } from '../worlds/service.js';

/** As many calls as come. */
const NO_LIMITS = {
  'rpc.requests_per_minute': '0',
  'rpc.address_requests_per_minute': '0',
  'log.format': 'json',
};

/** Nothing outside the process: one camera, in memory. What is measured is the service itself. */
const IN_MEMORY = {
  'adapters.device_event_source': 'memory',
  'adapters.camera_probe': 'memory',
  'adapters.frame_grabber': 'memory',
  'adapters.capture': 'memory',
  'adapters.media_server': 'memory',
};

export function startPlainService(options: ServiceOptions = {}): Promise<RunningService> {
  return startService({ ...options, profile: 'production', set: { ...NO_LIMITS, ...options.set } });
}

export function startMemoryService(options: ServiceOptions = {}): Promise<RunningService> {
  return startPlainService({ ...options, set: { ...IN_MEMORY, ...options.set } });
}

export const WS_PATH = '/ws';

export function request(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}
