import { createMisbSt0601Decoder } from '../../adapters/telemetry-decoder/misb-st0601/misb-st0601-decoder.js';
import { complete, item, symmetric, TIME_STAMP, uint } from '../worlds/klv-encoder.js';
import { telemetryDecoderContract } from './telemetry-decoder.contract.js';

const packet = (index: number): Buffer =>
  complete([
    item(3, Buffer.from(`Mission ${String(index)}`)),
    item(5, uint(index, 2)),
    item(13, symmetric(-45, 4, 90)),
    item(48, item(1, Buffer.of(1))),
  ]);

telemetryDecoderContract('misb-st0601', {
  create: () => createMisbSt0601Decoder(),
  encoding: 'klv',
  packet,
  valuesOf: (index) => ({
    ...{ '2': TIME_STAMP, '3': `Mission ${String(index)}`, '5': (index * 360) / 65_535 },
    ...{ '48.1': 'UNCLASSIFIED', '65': 19 },
  }),
  join: (packets) => Buffer.concat(packets),
  damaged: (index) => {
    const bytes = packet(index);
    bytes[30] = (bytes[30] ?? 0) ^ 0x55;
    return bytes;
  },
  withinMs: 500,
});
