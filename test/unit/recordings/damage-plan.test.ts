import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryFileStore } from '../../../adapters/file-store/memory/memory-file-store.js';
import { describeFile } from '../../../core/files/file-note.js';
import { damagePlan } from '../../../core/integrity/damage-plan.js';
import { hashOf } from '../../../core/integrity/file-hasher.js';
import type { IntegrityReport } from '../../../ports/index.js';

const report = (intact: IntegrityReport['intact'], more: Partial<IntegrityReport> = {}): IntegrityReport => ({
  ...{ format: 'fmp4', sizeBytes: 100, complete: false, intact, problems: [] },
  ...more,
});

describe('what is done about a damaged file', () => {
  const marked = { note: {}, filename: 'camera0_2026-01-01_10-00-00-000000_aaaaaaaaaaaa.mp4' };
  const known = { note: { sessionId: 's1' }, filename: 'renamed.mp4' };
  const foreign = { note: {}, filename: 'holiday.mp4' };
  const half = report([{ first: 0, last: 49 }]);

  it('is nothing when it is whole, and a word when somebody else has made it', () => {
    expect(damagePlan(known, report([], { complete: true }))).to.deep.equal({ action: 'none' });
    expect(damagePlan(foreign, half)).to.deep.equal({ action: 'report' });
  });

  it('is a word when there is nothing that could be cut off', () => {
    expect(damagePlan(known, report([{ first: 0, last: 99 }]))).to.deep.equal({ action: 'report' });
  });

  it('is a repair of what this service has recorded, by its history or its name', () => {
    for (const file of [marked, known])
      expect(damagePlan(file, half).action).not.to.be.oneOf(['none', 'report']);
    expect(damagePlan(known, report([])).action).not.to.equal(damagePlan(known, half).action);
  });
});

describe('the digest of a recording', () => {
  it('is none of a file that changes while it is read', async () => {
    const clock = createManualClock();
    const files = createMemoryFileStore({}, { clock });
    files.place('recordings', 'a.mp4', new Uint8Array(10));
    const file = describeFile(await files.stat('recordings', 'a.mp4'), undefined);
    const sha256 = (isChanged: boolean) => ({
      update: () => {
        if (isChanged) files.place('recordings', 'a.mp4', new Uint8Array(11));
      },
      hex: () => 'digest',
    });
    const digest = async (isChanged: boolean): Promise<string | undefined> => {
      const given = { files, clock, sha256: () => sha256(isChanged) };
      const work = hashOf(file, given, new AbortController().signal);
      await clock.advance(1_000);
      return await work;
    };
    expect(await digest(false)).to.equal('digest');
    expect(await digest(true)).to.equal(undefined);
  });
});
