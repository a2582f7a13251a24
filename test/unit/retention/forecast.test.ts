import { expect } from 'chai';
import type { IndexedFile } from '../../../core/files/file-note.js';
import { daysLeft } from '../../../core/retention/forecast.js';

const NOW = Date.UTC(2026, 5, 1);
const HOUR_MS = 3_600_000;

function recorded(hoursAgo: number, hours: number, more: Partial<IndexedFile> = {}): IndexedFile {
  const startedAt = NOW - hoursAgo * HOUR_MS;
  const modifiedAt = startedAt + hours * HOUR_MS;
  return {
    ...{ kind: 'recordings', filename: `${String(hoursAgo)}.mp4`, camera: 'camera0', format: 'fmp4' },
    ...{ sizeBytes: 12_000, startedAt, createdAt: startedAt, modifiedAt, note: { sessionId: 's' } },
    ...more,
  };
}

describe('for how many days free space lasts', () => {
  const days = (files: readonly IndexedFile[], usableBytes = 24_000): number | undefined =>
    daysLeft({ files, usableBytes, now: NOW });

  it('is unknown without recordings, and while they say too little', () => {
    expect(days([])).to.equal(undefined);
    expect(days([recorded(0.1, 0.1)])).to.equal(undefined);
    expect(days([recorded(300, 1)]), 'long ago').to.equal(undefined);
  });

  it('goes by what was recorded within a day, also when that was in a part of it', () => {
    expect(days([recorded(200, 1, { sizeBytes: 9_999 }), recorded(20, 2)])).to.equal(2);
  });

  it('counts a file that was begun before in proportion', () => {
    expect(days([recorded(26, 4, { sizeBytes: 24_000 })])).to.equal(2);
  });

  it('goes by what there is when there is less than a day', () => {
    expect(days([recorded(2, 2, { sizeBytes: 2_000 })])).to.equal(1);
  });

  it('goes by the week when nothing was recorded within a day', () => {
    expect(days([recorded(7 * 24, 1), recorded(48, 1)])).to.equal(7);
  });

  it('does not count what this service has not recorded', () => {
    expect(days([recorded(100, 99, { note: {} }), recorded(12, 12)])).to.equal(1);
  });

  it('is nothing when nothing may be used any more', () => {
    expect(days([recorded(2, 2)], -5)).to.equal(0);
  });
});
