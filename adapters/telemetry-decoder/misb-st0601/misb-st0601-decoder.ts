/** KLV of MISB ST 0601: position, attitude, sensor and target of an unmanned aircraft. */
import { PortError } from '../../../ports/port-error.js';
import type { TelemetryDecoder } from '../../../ports/telemetry-decoder.js';
import { readPacket } from './packet.js';

export const KLV = 'klv';
export const MISB_ST0601 = 'misb-st0601';

export function createMisbSt0601Decoder(): TelemetryDecoder {
  return {
    name: MISB_ST0601,
    supports: { encodings: [KLV] },
    open: async (encoding, signal) => {
      signal.throwIfAborted();
      if (encoding !== KLV)
        throw new PortError('UNSUPPORTED', { message: `${MISB_ST0601} decodes ${KLV}, not ${encoding}` });
      // Each message stands alone, so there is nothing to remember.
      return { decode: readPacket };
    },
  };
}
