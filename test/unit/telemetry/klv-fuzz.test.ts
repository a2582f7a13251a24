/** A hundred thousand messages that were changed on their way. What they become is always the same: the seed is fixed. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readPacket } from '../../../adapters/telemetry-decoder/misb-st0601/packet.js';
import { ITEMS } from '../../../adapters/telemetry-decoder/misb-st0601/tables.js';
import { readTelemetry } from '../../../plugins/guard/telemetry-shape.js';
import { collectGarbage } from '../../../plugins/leftovers/collect-garbage.js';
import { mutated, randomFrom } from '../../contract/telemetry-decoder.hostile.js';
import { complete, item, withChecksum } from '../../worlds/klv-encoder.js';

const PACKETS = 100_000;
const MIB = 1024 * 1024;
const SAMPLE = Buffer.from(
  readFileSync(new URL('misb-st0902-sample.hex', import.meta.url), 'utf8').replaceAll(/\s/g, ''),
  'hex',
);

describe('mutated messages of MISB ST 0601', function () {
  this.timeout(120_000);

  it('are decoded to sound results, and leave nothing behind', () => {
    const random = randomFrom(601);
    const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => random() * 256));
    /** Each item with nonsense in it, the checksum being right. */
    const nonsense = (): Buffer => {
      const tags = Array.from({ length: 6 }, () => 1 + Math.floor(random() * (ITEMS.length + 10)));
      return complete(tags.map((tag) => item(tag, bytes(Math.floor(random() * 24)))));
    };
    const counts = new Map<string, number>();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < PACKETS; round++) {
      const kind = round % 4;
      const data =
        kind === 0
          ? nonsense()
          : kind === 1
            ? withChecksum(mutated(SAMPLE, random))
            : mutated(SAMPLE, random);
      const { records, problems } = readTelemetry(readPacket({ data, arrivedAt: 0 }));
      for (const { code } of [...problems, ...records.flatMap((record) => record.problems)])
        counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).to.be.below(8 * MIB);
    // All of these ways of being wrong have been met.
    expect([...counts.keys()]).to.include.members([
      ...['truncated', 'checksum_mismatch', 'missing_item', 'invalid_length', 'invalid_value'],
      ...[
        'out_of_range',
        'special_value',
        'invalid_text',
        'repeated_item',
        'no_message',
        'not_representable',
      ],
    ]);
  });
});
