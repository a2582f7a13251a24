import { PortError } from '../../../ports/port-error.js';
import type { Settings } from './options.js';

/** Why an address cannot be had, and which key chooses another one. */
export function bindError({ host, port, key }: Settings, cause: unknown): PortError {
  const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const why = inUse ? 'is in use' : 'cannot be opened for listening';
  return new PortError(inUse ? 'ADDRESS_IN_USE' : 'ADDRESS_UNAVAILABLE', {
    message: `${host}:${String(port)} ${why}; set a different one with ${key}`,
    cause,
    retryable: inUse,
    detail: { host, port, key },
  });
}
