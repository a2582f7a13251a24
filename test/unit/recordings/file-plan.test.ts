import { expect } from 'chai';
import {
  emptyFilesOf,
  filesOf,
  gapBetween,
  isOwn,
  recordedSeconds,
  totalBytes,
  type Look,
} from '../../../core/recordings/file-plan.js';
import type { RecordingSession, SessionFile } from '../../../core/recordings/recording-session.js';
import type { StoredFile } from '../../../ports/index.js';
import { nameAt } from './helpers.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
/** How far the monotonic clock is behind the other one. */
const BEHIND_MS = NOW - 50_000;
/** A name of the form that recordings have, with a time that does not exist. */
const NO_TIME = 'camera0_2026-13-45_25-61-61-000000_session1.mp4';

const stored = (filename: string, sizeBytes = 10): StoredFile => ({
  ...{ kind: 'recordings', filename, sizeBytes, createdAt: NOW, modifiedAt: NOW },
});
const session = (change: Partial<RecordingSession> = {}): RecordingSession => ({
  ...{ sessionId: 'session-1', camera: 'camera0', format: 'fmp4', startedAt: NOW, state: 'RECORDING' },
  ...{ files: [], gaps: [] },
  ...change,
});
const look = (...listing: readonly StoredFile[]): Look => ({
  ...{ listing, wallMs: NOW, monotonicMs: NOW - BEHIND_MS, sinceMs: 500 },
});
const file = (change: Partial<SessionFile>): SessionFile => ({
  ...{ filename: nameAt(NOW), startedAt: NOW, sizeBytes: 10 },
  ...change,
});

describe('the files of a recording', () => {
  const starts = (of: RecordingSession, ...listing: readonly StoredFile[]) =>
    filesOf(of, look(...listing)).map(({ startedAt }) => NOW - startedAt);

  it('carry its camera and its mark', () => {
    expect(isOwn(session(), nameAt(NOW))).to.equal(true);
    expect(isOwn(session({ camera: 'camera1' }), nameAt(NOW))).to.equal(false);
    expect(isOwn(session(), nameAt(NOW, 'session2'))).to.equal(false);
    expect(isOwn(session(), 'holiday.mp4')).to.equal(false);
  });

  it('are placed by the time in their name as far as it agrees with what was seen', () => {
    expect(starts(session(), stored(nameAt(NOW - 1_500)))).to.deep.equal([1_500]);
    expect(starts(session(), stored(nameAt(NOW + 9 * 3_600_000)))).to.deep.equal([1_000]);
    expect(starts(session(), stored(NO_TIME))).to.deep.equal([1_000]);
  });

  it('are placed by how far the clock in the names of those before them was off', () => {
    const offMs = 9 * 3_600_000;
    const first = file({ filename: nameAt(NOW - 20_000 + offMs), startedAt: NOW - 20_000 });
    const next = stored(nameAt(NOW - 700 + offMs));
    expect(starts(session({ files: [first] }), stored(first.filename), next)).to.deep.equal([20_000, 700]);
    const unnamed = file({ filename: NO_TIME, startedAt: NOW - 20_000 });
    expect(starts(session({ files: [unnamed] }), stored(NO_TIME), stored(nameAt(NOW - 700)))).to.deep.equal([
      20_000, 700,
    ]);
  });

  it('are in the order of their names when several appear at once, on both clocks', () => {
    const [one, two] = [nameAt(NOW - 1_200), nameAt(NOW - 400)];
    const found = filesOf(session(), look(stored(two), stored(one)));
    expect(found.map(({ filename }) => filename)).to.deep.equal([one, two]);
    expect(found.map(({ begunMs }) => begunMs)).to.deep.equal([
      ...[NOW - 1_200 - BEHIND_MS, NOW - 400 - BEHIND_MS],
    ]);
  });

  it('count without a byte only when they are known', () => {
    const [known, fresh] = [nameAt(NOW - 900), nameAt(NOW)];
    const listing = [stored(known, 0), stored(fresh, 0), stored(nameAt(NOW, 'another'), 0)];
    const of = session({ files: [file({ filename: known })] });
    expect(
      filesOf(of, look(...listing)).map(({ filename, sizeBytes }) => [filename, sizeBytes]),
    ).to.deep.equal([[known, 0]]);
    expect(emptyFilesOf(of, [...listing, stored(nameAt(NOW + 1))])).to.deep.equal([known, fresh]);
  });

  it('are no more when they are not there', () => {
    expect(filesOf(session({ files: [file({})] }), look())).to.deep.equal([]);
  });
});

describe('the hole between two files', () => {
  const next = file({ startedAt: NOW + 10_000, begunMs: 9_000 });
  const gap = (closed: Partial<SessionFile>, after = next) =>
    gapBetween(file({ begunMs: 0, durationSeconds: 4, ...closed }), after, 'source');

  it('is what passed on the monotonic clock and is not in the first of them', () => {
    expect(gap({})).to.deep.equal({ from: NOW + 5_000, to: NOW + 10_000, cause: 'source' });
    expect(gap({ durationSeconds: 8.8 })).to.equal(undefined);
    expect(gapBetween(file({}), next, 'source')).to.equal(undefined);
  });

  it('counts on the wall clock when one of them is of an earlier run', () => {
    const { begunMs: _none, ...earlier } = file({ durationSeconds: 4 });
    expect(gapBetween(earlier, next, 'service')).to.deep.equal({
      ...{ from: NOW + 4_000, to: NOW + 10_000, cause: 'service' },
    });
    const { begunMs: _neither, ...early } = { ...next, startedAt: NOW - 10_000 };
    expect(gapBetween(earlier, early, 'service')).to.deep.equal({
      ...{ from: NOW - 10_000, to: NOW - 10_000, cause: 'service' },
    });
    expect(gapBetween(earlier, early, 'source')).to.equal(undefined);
  });

  it('is as long as the part that was cut off, and never nothing after a cut', () => {
    expect(gap({ durationSeconds: 9, wholeBytes: 5 })?.from).to.equal(NOW + 10_000 - 4_500);
    expect(gap({ durationSeconds: 9, wholeBytes: 10 })?.from).to.equal(NOW + 10_000 - 300);
    expect(gap({ durationSeconds: 9, sizeBytes: 0, wholeBytes: 0 })?.from).to.equal(NOW + 1_000);
  });
});

describe('what a recording has', () => {
  it('is the measured time of closed files, and of open ones until the next began', () => {
    const files = [
      file({ durationSeconds: 3.5 }),
      file({ begunMs: 10_000 }),
      file({ begunMs: 14_000, grewMs: 16_500 }),
    ];
    expect(recordedSeconds(session({ files }), 20_000)).to.equal(3.5 + 4 + 6);
  });

  it('is counted to the last growth while it is stalled', () => {
    const stall = { since: NOW, cause: 'storage', reason: 'x' } as const;
    const grown = session({ stall, files: [file({ begunMs: 14_000, grewMs: 16_500 })] });
    expect(recordedSeconds(grown, 20_000)).to.equal(2.5);
    expect(recordedSeconds(session({ stall, files: [file({ begunMs: 14_000 })] }), 20_000)).to.equal(6);
  });

  it('is nothing for an open file of an earlier run, whose beginning is on another clock', () => {
    expect(recordedSeconds(session({ files: [file({}), file({})] }), 20_000)).to.equal(0);
    expect(totalBytes(session({ files: [file({}), file({ sizeBytes: 7 })] }))).to.equal(17);
  });
});
