import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { PortError } from '../../ports/port-error.js';

/** @throws PortError `DEVICE_UNSUPPORTED` for a source of a kind that the adapter does not take. */
export function requireKind({ kind }: SourceDescriptor, kinds: readonly string[]): void {
  if (kinds.includes(kind)) return;
  throw new PortError('DEVICE_UNSUPPORTED', {
    message: `A source of kind ${kind} cannot be used here, only ${kinds.join(', ')}`,
    detail: { reason: 'kind', value: kind },
  });
}
