import type {
  CancelTimer,
  Clock,
  Component,
  FileStore,
  Logger,
  MediaServer,
  MediaTool,
  StateStore,
} from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import {
  dependencyFailed,
  fromPortError,
  invalidState,
  ServiceError,
  unsupported,
} from '../errors/service-error.js';
import type { FileIndex } from '../files/file-index.js';
import { DeadlineError, withDeadline } from '../lifecycle/deadline.js';
import { Listeners } from '../lifecycle/listeners.js';
import type { StreamService } from '../streams/stream-service.js';
import { Finisher } from './finisher.js';
import { filesOf, gapBetween, recordedSeconds, totalBytes } from './file-plan.js';
import { MediaCheck } from './media-check.js';
import { ActiveRecordings } from './recording-store.js';
import type { Gap, RecordingFormat, RecordingSession, SessionFile } from './session.js';
import { writtenFormat } from './session.js';

export interface RecordingOptions {
  /** How long a start may take until its first bytes are on disk. */
  readonly startTimeoutMs: number;
  /** Bytes that must be free for a recording to start. */
  readonly reserveBytes: number;
  readonly progressMs: number;
  /** How often running recordings are looked at on disk. */
  readonly watchMs: number;
}

export interface RecordingDeps {
  readonly streams: StreamService;
  readonly media: MediaServer;
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** @returns an identifier that is never given twice. */
  newId(): string;
}

export type RecordingChange =
  | {
      readonly type: 'started' | 'progress';
      readonly session: RecordingSession;
      readonly seconds: number;
    }
  | { readonly type: 'gap'; readonly session: RecordingSession; readonly gap: Gap; readonly filename: string }
  | {
      readonly type: 'stopped';
      readonly session: RecordingSession;
      readonly seconds: number;
      readonly reason: string;
    }
  | { readonly type: 'failed'; readonly camera: string; readonly error: ServiceError };

export interface StartRequest {
  readonly camera: Camera;
  readonly format?: RecordingFormat | undefined;
  readonly durationSeconds?: number | undefined;
}

export interface StoppedRecording {
  readonly session: RecordingSession;
  readonly endedAt: number;
  readonly seconds: number;
  readonly sizeBytes: number;
}

/** How often the disk is asked while somebody waits for the first bytes. */
const FIRST_BYTES_POLL_MS = 50;

/** Starts, watches, resumes and ends recordings. What should be recorded is kept on disk and outlives every process. */
export class RecordingService implements Component {
  readonly name = 'recordings';
  readonly changes: Listeners<RecordingChange>;
  readonly #options: RecordingOptions;
  readonly #deps: RecordingDeps;
  readonly #store: ActiveRecordings;
  readonly #finisher: Finisher;
  readonly #check: MediaCheck;
  readonly #sessions = new Map<string, RecordingSession>();
  readonly #ignored = new Map<string, ReadonlySet<string>>();
  readonly #timers = new Map<string, CancelTimer>();
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #progressAt = 0;

  constructor(options: RecordingOptions, deps: RecordingDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#store = new ActiveRecordings(deps.state, deps.log);
    this.#finisher = new Finisher(deps);
    this.#check = new MediaCheck(deps);
    this.changes = new Listeners(deps.log);
  }

  async start(): Promise<void> {
    for (const session of await this.#store.load()) this.#resume(session);
    this.#watching = this.#watch();
  }

  /** Closes the files; what was being recorded goes on after the next start. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort(new Error('service is stopping'));
    for (const cancel of this.#timers.values()) cancel();
    await this.#watching;
    await Promise.all(
      [...this.#sessions.keys()].map((camera) =>
        this.#deps.streams.setRecord(camera, false, signal).catch((cause: unknown) => {
          this.#deps.log.warn('recording could not be closed', { camera, cause });
        }),
      ),
    );
  }

  /** What is being recorded from a camera now. */
  of(camera: string): RecordingSession | undefined {
    return this.#sessions.get(camera);
  }

  all(): readonly RecordingSession[] {
    return [...this.#sessions.values()];
  }

  /** The recording that is writing this file. */
  writing(filename: string): RecordingSession | undefined {
    return this.all().find((session) => session.files.some((file) => file.filename === filename));
  }

  /**
   * Starts a recording; resolves when its first bytes are on disk. After a failure nothing is left behind.
   * @throws ServiceError with a code that `start_recording` declares.
   */
  async begin(request: StartRequest, signal: AbortSignal): Promise<RecordingSession> {
    const { camera } = request;
    await this.#requireStartable(camera, signal);
    const session = this.#newSession(request);
    this.#sessions.set(camera.id, session);
    this.#deps.streams.of(camera.id).demand.want('recording');
    try {
      await withDeadline(
        this.#deps.clock,
        this.#options.startTimeoutMs,
        (inner) => this.#bringUp(session, inner),
        signal,
        this.#stopping.signal,
      );
    } catch (cause) {
      await this.#undo(camera.id);
      const error = this.#explain(cause, camera.id);
      this.changes.emit({ type: 'failed', camera: camera.id, error });
      throw error;
    }
    const running = this.#running(session, request.durationSeconds);
    await this.#store.save(this.#sessions.values());
    this.#armTimer(running);
    this.changes.emit({
      type: 'started',
      session: running,
      seconds: recordedSeconds(running, this.#deps.clock.now()),
    });
    return running;
  }

  /** Ends a recording and closes its files. @throws ServiceError `INVALID_STATE` without one. */
  async end(camera: string, reason: string): Promise<StoppedRecording> {
    const session = this.#sessions.get(camera);
    if (session?.state !== 'RECORDING') throw invalidState(session?.state ?? 'NOT_RECORDING', ['RECORDING']);
    this.#timers.get(camera)?.();
    this.#timers.delete(camera);
    this.#update(camera, { state: 'STOPPING' });
    await this.#store.save(this.#sessions.values());
    await this.#switchOff(camera);
    await this.#look();
    this.#deps.streams.of(camera).demand.release('recording');
    this.#deps.streams.kick(camera);
    const finished = await this.#finisher.finish(this.#sessions.get(camera) ?? session);
    this.#sessions.delete(camera);
    this.#ignored.delete(camera);
    const endedAt = this.#deps.clock.now();
    const seconds = recordedSeconds(finished, endedAt);
    this.changes.emit({ type: 'stopped', session: finished, seconds, reason });
    return { session: finished, endedAt, seconds, sizeBytes: totalBytes(finished) };
  }

  async #requireStartable(camera: Camera, signal: AbortSignal): Promise<void> {
    const running = this.#sessions.get(camera.id);
    if (running) throw recordingInProgress(running);
    if (camera.status === 'DISCONNECTED') throw invalidState('DISCONNECTED', ['CONNECTED']);
    if (!this.#deps.media.supports.recording) {
      throw unsupported(
        'recording',
        `The media server ${this.#deps.media.name} cannot record; configure another one.`,
      );
    }
    const { availableBytes } = await this.#deps.files.capacity();
    if (availableBytes < this.#options.reserveBytes) {
      throw new ServiceError('STORAGE_FULL', {
        available_bytes: availableBytes,
        required_bytes: this.#options.reserveBytes,
      });
    }
    await this.#check.requireAnswer(signal);
    const since = this.#sessions.get(camera.id);
    if (since) throw recordingInProgress(since);
  }

  #newSession({ camera, format = 'fmp4' }: StartRequest): RecordingSession {
    const startedAt = this.#deps.clock.now();
    return {
      sessionId: this.#deps.newId(),
      camera: camera.id,
      format,
      startedAt,
      state: 'STARTING',
      files: [],
      gaps: [],
    };
  }

  /** From here on it runs; a wanted duration counts from the first picture. */
  #running(session: RecordingSession, durationSeconds: number | undefined): RecordingSession {
    const firstPictureAt = this.#sessions.get(session.camera)?.files[0]?.startedAt ?? session.startedAt;
    const stopAt = durationSeconds === undefined ? {} : { stopAt: firstPictureAt + durationSeconds * 1_000 };
    return this.#update(session.camera, { state: 'RECORDING', ...stopAt }) ?? session;
  }

  async #bringUp(session: RecordingSession, signal: AbortSignal): Promise<void> {
    const { camera } = session;
    const before = await this.#deps.files.list('recordings', signal);
    this.#ignored.set(camera, new Set(before.map((file) => file.filename)));
    await this.#check.during((inner) => this.#deps.streams.ready(camera, inner), signal);
    await this.#deps.streams.setRecord(camera, { format: writtenFormat(session.format) }, signal);
    while ((this.#sessions.get(camera)?.files.length ?? 0) === 0) {
      this.#check.require();
      await this.#deps.clock.sleep(FIRST_BYTES_POLL_MS, signal);
      await this.#look();
    }
  }

  async #undo(camera: string): Promise<void> {
    const session = this.#sessions.get(camera);
    await this.#switchOff(camera);
    this.#deps.streams.of(camera).demand.release('recording');
    this.#deps.streams.kick(camera);
    for (const file of session?.files ?? []) {
      await this.#deps.files.remove('recordings', file.filename).catch(() => undefined);
    }
    this.#sessions.delete(camera);
    this.#ignored.delete(camera);
  }

  /** Tells the media server to end the file. When it is away there is nobody to end it, and the wish is kept all the same. */
  async #switchOff(camera: string): Promise<void> {
    try {
      const off = (signal: AbortSignal): Promise<void> => this.#deps.streams.setRecord(camera, false, signal);
      await withDeadline(this.#deps.clock, 2_000, off);
    } catch (cause) {
      this.#deps.log.warn('the media server was not told to end the recording', { camera, cause });
    }
  }

  #resume(stored: RecordingSession): void {
    const session: RecordingSession = { ...stored, state: 'RECORDING' };
    this.#sessions.set(session.camera, session);
    const stream = this.#deps.streams.of(session.camera);
    stream.demand.want('recording');
    stream.record = { format: writtenFormat(session.format) };
    this.#deps.streams.kick(session.camera);
    this.#armTimer(session);
    this.#deps.log.info('recording is resumed', { camera: session.camera, session: session.sessionId });
  }

  #armTimer(session: RecordingSession): void {
    if (session.stopAt === undefined) return;
    const left = Math.max(0, session.stopAt - this.#deps.clock.now());
    const cancel = this.#deps.clock.after(left, () => {
      void this.end(session.camera, 'duration reached').catch((cause: unknown) => {
        this.#deps.log.error('recording could not be ended in time', { camera: session.camera, cause });
      });
    });
    this.#timers.set(session.camera, cancel);
  }

  async #watch(): Promise<void> {
    const signal = this.#stopping.signal;
    while (!signal.aborted) {
      await this.#deps.clock.sleep(this.#options.watchMs, signal).catch(() => undefined);
      if (signal.aborted || this.#sessions.size === 0) continue;
      await this.#look();
      this.#tellProgress();
    }
  }

  /** Looks at the disk once, for all recordings. */
  async #look(): Promise<void> {
    let listing;
    try {
      listing = await this.#deps.files.list('recordings');
    } catch (cause) {
      this.#deps.log.warn('recordings could not be listed', { cause });
      return;
    }
    for (const session of this.#sessions.values()) {
      await this.#takeFiles(
        session,
        filesOf(session, listing, this.#ignored.get(session.camera) ?? new Set()),
      );
    }
  }

  async #takeFiles(session: RecordingSession, files: readonly SessionFile[]): Promise<void> {
    const last = session.files.at(-1);
    const added = last === undefined ? [] : files.filter((file) => file.startedAt > last.startedAt);
    this.#update(session.camera, { files });
    for (const next of added) await this.#closeBefore(session.camera, next);
  }

  /** A further file has begun: measures the one before it, and the hole between them. */
  async #closeBefore(camera: string, next: SessionFile): Promise<void> {
    const session = this.#sessions.get(camera);
    const index = session?.files.findIndex((file) => file.filename === next.filename) ?? -1;
    const previous = session?.files[index - 1];
    if (!session || !previous) return;
    const closed = await this.#finisher.measure(previous);
    const files = session.files.map((file) => (file.filename === closed.filename ? closed : file));
    const gap = gapBetween(closed, next);
    const updated = this.#update(camera, { files, gaps: gap ? [...session.gaps, gap] : session.gaps });
    await this.#store.save(this.#sessions.values());
    if (updated && gap) this.changes.emit({ type: 'gap', session: updated, gap, filename: next.filename });
  }

  #tellProgress(): void {
    const now = this.#deps.clock.now();
    if (now - this.#progressAt < this.#options.progressMs) return;
    this.#progressAt = now;
    for (const session of this.#sessions.values()) {
      if (session.state === 'RECORDING' && session.files.length > 0) {
        this.changes.emit({ type: 'progress', session, seconds: recordedSeconds(session, now) });
      }
    }
  }

  #update(camera: string, change: Partial<RecordingSession>): RecordingSession | undefined {
    const session = this.#sessions.get(camera);
    if (!session) return undefined;
    const updated = { ...session, ...change };
    this.#sessions.set(camera, updated);
    return updated;
  }

  #explain(cause: unknown, device: string): ServiceError {
    if (cause instanceof ServiceError) return cause;
    if (isPortError(cause)) return fromPortError(cause, { device });
    if (cause instanceof DeadlineError) {
      const detail = this.#deps.streams.of(device).lastEnd?.end.message ?? 'no bytes on disk';
      return dependencyFailed(
        'camera',
        `nothing was recorded within ${String(cause.durationMs)} ms: ${detail}`,
        { cause },
      );
    }
    return dependencyFailed('recording', 'the recording could not start', { cause });
  }
}

export function recordingInProgress(session: RecordingSession): ServiceError<'RECORDING_IN_PROGRESS'> {
  return new ServiceError('RECORDING_IN_PROGRESS', {
    device: session.camera,
    filename: session.files[0]?.filename ?? '',
    start_time: new Date(session.startedAt).toISOString(),
  });
}
