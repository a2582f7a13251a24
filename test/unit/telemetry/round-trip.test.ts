/** Each item, with any value, through an encoder that was written from the mappings alone and back through the decoder. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Item } from '../../../adapters/telemetry-decoder/misb-st0601/format.js';
import { readPacket } from '../../../adapters/telemetry-decoder/misb-st0601/packet.js';
import { ITEMS, SECURITY_ITEMS } from '../../../adapters/telemetry-decoder/misb-st0601/tables.js';
import type { TelemetryField } from '../../../ports/index.js';
import { complete, item, message, uint } from '../../worlds/klv-encoder.js';
import { encodedOf, isNear } from '../../worlds/klv-values.js';

const RUNS = { numRuns: 200, seed: 601 };
/** Every message has them; they are encoded by the message itself. */
const OF_MESSAGE = [1, 2, 65];
const SINGLE = ITEMS.filter(({ tag, format }) => !OF_MESSAGE.includes(tag) && format.kind !== 'set');

/** @returns the fields of the item, in a message without any problem. */
function decoded(bytes: Buffer, id: string): TelemetryField | undefined {
  const { records, problems } = readPacket({ data: bytes, arrivedAt: 0 });
  expect(problems).to.deep.equal([]);
  const [record] = records;
  expect(record?.problems).to.deep.equal([]);
  expect(record?.checksum).to.equal('valid');
  return record?.fields.find((field) => field.id === id);
}

function comesBack(each: Item, wrap: (bytes: Buffer) => Buffer, id: string): void {
  fc.assert(
    fc.property(encodedOf(each), ({ value, bytes, within }) => {
      const field = decoded(wrap(bytes), id);
      expect(field?.name).to.equal(each.name);
      const told = `${JSON.stringify(value)} became ${JSON.stringify(field?.value)}`;
      expect(isNear(field?.value, value, within), told).to.equal(true);
    }),
    RUNS,
  );
}

describe('each item of MISB ST 0601 comes back within its resolution:', function () {
  this.timeout(30_000);

  for (const each of SINGLE)
    it(`${String(each.tag)} ${each.name}`, () => {
      comesBack(each, (bytes) => complete([item(each.tag, bytes)]), String(each.tag));
    });

  it('2 Precision Time Stamp, 65 UAS Datalink LS Version Number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 255 }), (any, version) => {
        const time = Math.abs(any);
        const bytes = message([item(2, uint(time, 8)), item(65, uint(version, 1))]);
        expect(decoded(bytes, '2')?.value).to.equal(time);
        expect(decoded(bytes, '65')?.value).to.equal(version);
      }),
      RUNS,
    );
  });

  for (const each of SECURITY_ITEMS)
    it(`48.${String(each.tag)} ${each.name}`, () => {
      const wrap = (bytes: Buffer): Buffer => complete([item(48, item(each.tag, bytes))]);
      comesBack(each, wrap, `48.${String(each.tag)}`);
    });

  it('several items of one message', () => {
    const some = fc.shuffledSubarray([...SINGLE], { minLength: 1, maxLength: 20 });
    const all = some.chain((items) =>
      fc.tuple(...items.map((each) => encodedOf(each).map((encoded) => ({ each, encoded })))),
    );
    fc.assert(
      fc.property(all, (chosen) => {
        const bytes = complete(chosen.map(({ each, encoded }) => item(each.tag, encoded.bytes)));
        for (const { each, encoded } of chosen)
          expect(isNear(decoded(bytes, String(each.tag))?.value, encoded.value, encoded.within)).to.equal(
            true,
          );
      }),
      RUNS,
    );
  });
});
