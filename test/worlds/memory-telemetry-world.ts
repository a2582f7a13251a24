import {
  createMemoryTelemetryDecoder,
  encodeMemoryTelemetry,
  MEMORY_ENCODING,
  type MemoryTelemetry,
} from '../../adapters/telemetry-decoder/memory/memory-telemetry-decoder.js';
import type { TelemetryDecoder } from '../../ports/telemetry-decoder.js';
import type { TelemetryWorld } from '../contract/telemetry-decoder.contract.js';

const messageOf = (index: number): MemoryTelemetry => ({
  time: 1_767_225_600_000 + index,
  altitude: 100 + index / 4,
  callsign: `craft ${String(index)}`,
  armed: index % 2 === 0,
  target: null,
});

/** The decoder in memory as a world for the contract suite; broken adapters are made from it. */
export function memoryTelemetryWorld(
  wrap: (good: TelemetryDecoder) => TelemetryDecoder = (good) => good,
): TelemetryWorld {
  return {
    create: () => wrap(createMemoryTelemetryDecoder()),
    encoding: MEMORY_ENCODING,
    packet: (index) => encodeMemoryTelemetry(messageOf(index)),
    valuesOf: messageOf,
    join: (packets) => Buffer.concat(packets.flatMap((each) => [each, Buffer.from('\n')])).subarray(0, -1),
    damaged: (index) => {
      const text = Buffer.from(encodeMemoryTelemetry(messageOf(index))).toString();
      return Buffer.from(text.replace('craft', 'graft'));
    },
    withinMs: 500,
  };
}
