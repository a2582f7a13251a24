import type { Clock, FileStore, Logger, MediaTool } from '../../ports/index.js';
import type { FileIndex } from '../files/file-index.js';
import { withDeadline } from '../lifecycle/deadline.js';
import { recordOf, wishOf, type RecordingSession, type SessionFile } from './recording-session.js';

export interface FinisherDeps {
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A file that has not grown for this long after the recorder was switched off is closed. */
const SETTLE_MS = 300;
const SETTLE_LIMIT_MS = 3_000;
const INSPECT_LIMIT_MS = 15_000;

/** Does what is left to do when a file is closed: measures it and files it. */
export class Finisher {
  readonly #deps: FinisherDeps;

  constructor(deps: FinisherDeps) {
    this.#deps = deps;
  }

  /** Completes all files of a recording that is not written any more. Never rejects: a file that cannot be read is kept as it is. */
  async finish(session: RecordingSession): Promise<RecordingSession> {
    const files: SessionFile[] = [];
    for (const file of session.files) {
      files.push(await this.measure(file));
    }
    const finished = { ...session, files };
    const convertTo = wishOf(session);
    const recording = {
      ...finished,
      format: recordOf(session).format,
      ...(convertTo === undefined ? {} : { convertTo }),
    };
    await this.#deps.index.addRecording(recording).catch((cause: unknown) => {
      this.#deps.log.warn('a recording is not listed yet', { camera: session.camera, cause });
    });
    return finished;
  }

  /** @returns the file with its size and duration; as it was when it cannot be read. */
  async measure(file: SessionFile): Promise<SessionFile> {
    if (file.durationSeconds !== undefined) return file;
    try {
      const { sizeBytes } = await this.#deps.files.stat('recordings', file.filename);
      const inspect = (signal: AbortSignal) => this.#deps.tool.inspect(this.#path(file.filename), signal);
      const facts = await withDeadline(this.#deps.clock, INSPECT_LIMIT_MS, inspect);
      const { codec, width, height, durationSeconds } = facts;
      await this.#deps.index.note('measured', file.filename, { codec, width, height });
      return { ...file, sizeBytes, durationSeconds };
    } catch (cause) {
      this.#deps.log.warn('a recording could not be measured', { file: file.filename, cause });
      return file;
    }
  }

  /** For the hole behind a file: one that could not be measured ends with its last byte, or holds nothing when it was cut. */
  async assumed(file: SessionFile): Promise<SessionFile> {
    if (file.durationSeconds !== undefined) return file;
    if (file.wholeBytes !== undefined) return { ...file, durationSeconds: 0 };
    const stored = await this.#deps.files.stat('recordings', file.filename).catch(() => undefined);
    if (!stored) return file;
    return { ...file, durationSeconds: Math.max(0, (stored.modifiedAt - file.startedAt) / 1_000) };
  }

  /** Resolves when the last file of a recording is not written any more. */
  async settled(session: RecordingSession): Promise<void> {
    const last = session.files.at(-1);
    if (last) await this.#settled(last.filename);
  }

  async #settled(filename: string): Promise<void> {
    const { clock, files } = this.#deps;
    const deadline = clock.monotonicMs() + SETTLE_LIMIT_MS;
    let size = -1;
    while (clock.monotonicMs() < deadline) {
      const found = await files.stat('recordings', filename).catch(() => undefined);
      if (!found || found.sizeBytes === size) return;
      size = found.sizeBytes;
      await clock.sleep(SETTLE_MS);
    }
  }

  #path(filename: string): string {
    return `${this.#deps.files.directory('recordings')}/${filename}`;
  }
}
