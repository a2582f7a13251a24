import type { Logger } from '../../ports/index.js';
import { KeptDocument, type KeptDocumentDeps } from '../state/kept-document.js';
import { compile, s, type Infer } from '../validation/schema.js';
import { GAP_CAUSES } from '../files/gap.js';
import { RECORDING_FORMATS, type RecordingSession, type SessionFile } from './recording-session.js';

const KEY = 'recordings.active';
/** The last millisecond that a Date can hold. */
const LATEST = 8.64e15;

const time = s.number({ min: 0, max: LATEST });
const seconds = s.number({ min: 0, max: LATEST });

/** An entry as an earlier run has written it. Whatever else stands in it is left out. */
const entry = s.open({
  sessionId: s.string({ min: 1, max: 100 }),
  camera: s.cameraId(),
  format: s.oneOf(...RECORDING_FORMATS),
  startedAt: time,
  stopAt: s.optional(time),
  durationSeconds: s.optional(seconds),
  files: s.array(
    s.open({
      filename: s.filename(),
      startedAt: time,
      sizeBytes: s.int({ min: 0 }),
      durationSeconds: s.optional(seconds),
      read: s.optional(s.open({ byte: s.number(), seconds: s.number(), interval: s.number() })),
    }),
    { max: 100_000 },
  ),
  gaps: s.array(s.open({ from: time, to: time, cause: s.oneOf(...GAP_CAUSES) }), { max: 100_000 }),
});
const checked = compile(entry);
type StoredSessionFile = Infer<typeof entry>['files'][number] | SessionFile;

/** Keeps what is being recorded, so that a restart goes on with it. */
export class ActiveRecordings {
  readonly #document: KeptDocument;
  readonly #log: Logger;

  constructor(deps: KeptDocumentDeps) {
    this.#document = new KeptDocument({ key: KEY, version: 1 }, deps);
    this.#log = deps.log;
  }

  /** What was being recorded. Each entry counts by itself: one that is not as it was written spoils no other. */
  async load(): Promise<readonly RecordingSession[]> {
    const byCamera = new Map<string, RecordingSession>();
    for (const [index, value] of (await this.#entries()).entries()) {
      const fault = faultOf(value, byCamera);
      if (fault === undefined) {
        const session = restored(value as Infer<typeof entry>);
        byCamera.set(session.camera, session);
      } else {
        this.#log.error('a recording cannot be resumed because its entry is damaged', {
          document: KEY,
          entry: index,
          ...fault,
        });
      }
    }
    return [...byCamera.values()];
  }

  async save(sessions: Iterable<RecordingSession>): Promise<void> {
    const running = [...sessions].filter((session) => session.state === 'RECORDING').map(kept);
    try {
      await this.#document.save({ sessions: running });
    } catch (cause) {
      this.#log.error('the list of running recordings could not be stored; a restart would not resume them', {
        cause,
      });
    }
  }

  async #entries(): Promise<readonly unknown[]> {
    const document = await this.#document.load();
    if (document === undefined) return [];
    const { sessions } = document;
    if (Array.isArray(sessions)) return sessions;
    this.#log.error('the list of running recordings could not be read; none is resumed', { document: KEY });
    return [];
  }
}

function faultOf(
  value: unknown,
  others: ReadonlyMap<string, unknown>,
): Readonly<Record<string, unknown>> | undefined {
  if (!checked.accepts(value)) {
    const { param, rule } = checked.fault(value).data;
    return { field: param, rule };
  }
  return others.has(value.camera) ? { field: 'camera', rule: 'one entry per camera' } : undefined;
}

/** What means something to the next run: times on the monotonic clock do not. */
function kept({ stall: _stall, files, ...session }: RecordingSession): RecordingSession {
  return { ...session, files: files.map(withoutClock) };
}

function restored(value: Infer<typeof entry>): RecordingSession {
  const { sessionId, camera, format, startedAt, stopAt, durationSeconds } = value;
  return {
    ...{ sessionId, camera, format, startedAt, state: 'RECORDING' },
    ...(stopAt === undefined ? {} : { stopAt }),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    files: value.files.map(withoutClock),
    gaps: value.gaps.map(({ from, to, cause }) => ({ from, to, cause })),
  };
}

function withoutClock(file: StoredSessionFile): SessionFile {
  const { filename, startedAt, sizeBytes, durationSeconds, read } = file;
  return {
    ...{ filename, startedAt, sizeBytes },
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(read === undefined ? {} : { read }),
  };
}
