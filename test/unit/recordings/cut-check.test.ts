import { expect } from 'chai';
import fc from 'fast-check';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { CutCheck } from '../../../core/recordings/cut-check.js';
import { PortError, type FileStore } from '../../../ports/index.js';

const filename = 'a.mp4';
const filled = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(9);

/** One file, given in chunks of this many bytes. */
function storeOf(state: { bytes: Uint8Array; chunk: number }): Pick<FileStore, 'read'> {
  return {
    read: async function* (_kind, _name, range) {
      const part = state.bytes.subarray(range?.first, (range?.last ?? 0) + 1);
      await Promise.resolve();
      for (let at = 0; at < part.length; at += state.chunk) yield part.subarray(at, at + state.chunk);
    },
  };
}

describe('a file that is cut while it is written', () => {
  it('is noticed wherever it was cut, however it is read, and only then', async () => {
    const sizes = fc.record({
      seen: fc.integer({ min: 1_000, max: 20_000 }),
      grown: fc.integer({ min: 0, max: 20_000 }),
      more: fc.integer({ min: 1, max: 5_000 }),
      left: fc.double({ min: 0, max: 1, noNaN: true }),
      chunk: fc.integer({ min: 1, max: 9_000 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ seen, grown, more, left, chunk }) => {
        const state = { bytes: filled(seen), chunk };
        const check = new CutCheck(storeOf(state), createMemoryLogger());
        const look = () => check.look([{ filename, sizeBytes: state.bytes.length }]);
        expect([...(await look())]).to.deep.equal([]);
        const atCut = seen + grown;
        const from = Math.floor((atCut - 512) * left);
        state.bytes = filled(atCut + more);
        const whole = state.bytes.slice();
        state.bytes.fill(0, from, atCut);
        expect([...(await look())]).to.deep.equal([[filename, from]]);
        // The next look is about what has come since, which is whole.
        state.bytes = new Uint8Array([...state.bytes, ...filled(1_000)]);
        expect([...(await look())]).to.deep.equal([]);

        const other = new CutCheck(storeOf(state), createMemoryLogger());
        state.bytes = filled(seen);
        await other.look([{ filename, sizeBytes: seen }]);
        state.bytes = whole;
        expect([...(await other.look([{ filename, sizeBytes: whole.length }]))]).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });

  it('counts as whole while it cannot be read, which is said', async () => {
    const log = createMemoryLogger();
    const files: Pick<FileStore, 'read'> = {
      // eslint-disable-next-line require-yield -- it fails before
      read: async function* () {
        await Promise.resolve();
        throw new PortError('STORAGE_FAILED');
      },
    };
    const check = new CutCheck(files, log);
    await check.look([{ filename, sizeBytes: 10 }]);
    expect([...(await check.look([{ filename, sizeBytes: 20 }]))]).to.deep.equal([]);
    expect(log.lines().map(({ level }) => level)).to.deep.equal(['debug']);
  });
});
