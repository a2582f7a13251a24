import { PortError } from '../../../ports/port-error.js';

/** @param reason one of the stable words that the port lists. */
export function refused(reason: string): PortError {
  return new PortError('CREDENTIALS_REFUSED', { detail: { reason } });
}
