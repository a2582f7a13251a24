import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryFileStore } from '../../../adapters/file-store/memory/memory-file-store.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryMediaTool } from '../../../adapters/media-tool/memory/memory-media-tool.js';
import type { Gap } from '../../../core/files/gap.js';
import { PauseWatch } from '../../../core/recordings/pause-watch.js';
import type { RecordingSession } from '../../../core/recordings/recording-session.js';
import { RunningRecordings } from '../../../core/recordings/running-recordings.js';

const FILE = 'camera0_x.mp4';
const PATH = `/store/recordings/${FILE}`;
const STARTED_AT = 1_000_000;
const SESSION: RecordingSession = {
  ...{ sessionId: 's1', camera: 'camera0', format: 'fmp4', startedAt: STARTED_AT, state: 'RECORDING' },
  ...{ files: [{ filename: FILE, startedAt: STARTED_AT, sizeBytes: 10 }], gaps: [] },
};

describe('pauses inside a file', () => {
  const clock = createManualClock();
  const memory = createMemoryFileStore({}, { clock });
  let sessions: RunningRecordings;
  let log: ReturnType<typeof createMemoryLogger>;
  let tool: ReturnType<typeof createMemoryMediaTool>;
  let told: (readonly [string, Gap, string])[];

  const watch = (paths = true): PauseWatch => {
    const files = {
      ...memory,
      supports: { ...memory.supports, paths },
      directory: () => '/store/recordings',
    };
    const found = (of: RecordingSession, gap: Gap, name: string) => told.push([of.sessionId, gap, name]);
    return new PauseWatch({ files, tool, sessions, clock, log, found });
  };
  const positions = () => sessions.get('camera0')?.files.map(({ read }) => read?.seconds);

  beforeEach(() => {
    sessions = new RunningRecordings();
    sessions.put(SESSION);
    log = createMemoryLogger();
    tool = createMemoryMediaTool();
    told = [];
    const picture = { codec: 'h264', width: 64, height: 48 };
    tool.control.set(PATH, { ...picture, format: 'fmp4', durationSeconds: 20 });
  });

  it('are gaps of the recording when they are long enough, each told once', async () => {
    tool.control.pause(PATH, 3, 0.9);
    tool.control.pause(PATH, 5, 2.25);
    const gap = { from: STARTED_AT + 5_000, to: STARTED_AT + 7_250, cause: 'source' };
    await watch().look();
    expect(told).to.deep.equal([['s1', gap, FILE]]);
    // The file is read from its beginning again, as after a cut.
    sessions.update(SESSION, { files: SESSION.files });
    await watch().look();
    expect(sessions.get('camera0')?.gaps).to.deep.equal([gap]);
    expect(told).to.have.length(1);
    expect(positions()).to.deep.equal([20]);
  });

  it('are looked for from where the last look ended', async () => {
    await watch().look();
    tool.control.pause(PATH, 5, 3);
    tool.control.pause(PATH, 21, 3);
    await watch().look();
    expect(told.map(([, { from }]) => from)).to.deep.equal([STARTED_AT + 21_000]);
  });

  it('are not looked for where there is no file, or no path to it', async () => {
    await watch(false).look();
    await watch().read(SESSION, 'another.mp4');
    sessions.update(SESSION, { files: [] });
    await watch().look();
    expect(told).to.deep.equal([]);
    expect(positions()).to.deep.equal([]);
    expect(log.lines()).to.deep.equal([]);
  });

  it('of a file that cannot be read are nobody’s business here', async () => {
    tool.control.set(PATH, undefined);
    await watch().look();
    expect(told).to.deep.equal([]);
    expect(log.lines().map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
      'debug the frames of a recording could not be read',
    ]);
  });

  it('of a recording that ended meanwhile are not told, whatever has begun since', async () => {
    tool.control.pause(PATH, 5, 2);
    sessions.remove('camera0');
    await watch().read(SESSION, FILE);
    sessions.put({ ...SESSION, sessionId: 's2' });
    await watch().read(SESSION, FILE);
    expect(told).to.deep.equal([]);
    expect(sessions.get('camera0')?.gaps).to.deep.equal([]);
  });

  it('leave the other files of the recording as they are', async () => {
    const other = { filename: 'camera0_w.mp4', startedAt: STARTED_AT - 60_000, sizeBytes: 5 };
    sessions.update(SESSION, { files: [other, ...SESSION.files] });
    await watch().look();
    expect(sessions.get('camera0')?.files[0]).to.deep.equal(other);
  });
});
