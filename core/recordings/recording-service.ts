import type { Component } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import { invalidState, unsupported, type ServiceError } from '../errors/service-error.js';
import { aborted } from '../lifecycle/aborted.js';
import { withDeadline } from '../lifecycle/deadline.js';
import { Listeners } from '../lifecycle/listeners.js';
import { heldBy } from './closed-files.js';
import { Conversions } from './conversions.js';
import { DiskWatch } from './disk-watch.js';
import { recordingInProgress, startFailure, storageFull } from './failures.js';
import { isOwn, recordedSeconds, totalBytes } from './file-plan.js';
import { EndTimers } from './end-timers.js';
import { Finisher } from './finisher.js';
import { Growth } from './growth.js';
import { removeFilesOf } from './leftovers.js';
import { MediaCheck } from './media-check.js';
import { PauseWatch } from './pause-watch.js';
import type {
  RecordingChange,
  RecordingDeps,
  RecordingOptions,
  StartRequest,
  StoppedRecording,
} from './recording-options.js';
import { ActiveRecordings } from './recording-store.js';
import type { Gap } from '../files/gap.js';
import type { RecordingSession, SessionFile } from './recording-session.js';
import { recordOf } from './recording-session.js';
import { RecordedFiles } from './recorded-files.js';
import { RunningRecordings } from './running-recordings.js';
import { SegmentNotes } from './segment-notes.js';
import { Upkeep } from './upkeep.js';
import type { StreamLease } from '../streams/stream-service.js';

/** How often the disk is asked while somebody waits for the first bytes. */
const FIRST_BYTES_POLL_MS = 50;
/** How long the media server may take to hear that a recording is over. */
const SWITCH_OFF_LIMIT_MS = 2_000;

/** Starts, watches, resumes and ends recordings. What should be recorded is kept on disk and outlives every process. */
export class RecordingService implements Component {
  readonly name = 'recordings';
  readonly stopMs = 5_000;
  readonly changes: Listeners<RecordingChange>;
  /** Called when a file is complete while its recording goes on. */
  readonly closings: Listeners<RecordingSession>;
  /** The files of recordings, for whoever repairs them. */
  readonly recorded: RecordedFiles;
  readonly #options: RecordingOptions;
  readonly #deps: RecordingDeps;
  readonly #store: ActiveRecordings;
  readonly #finisher: Finisher;
  readonly #conversions: Conversions;
  readonly #check: MediaCheck;
  readonly #disk: DiskWatch;
  readonly #growth: Growth;
  readonly #pauses: PauseWatch;
  readonly #notes: SegmentNotes;
  readonly #upkeep: Upkeep;
  readonly #sessions = new RunningRecordings();
  /** What keeps the cameras on, by session. */
  readonly #holds = new Map<string, StreamLease>();
  readonly #timers: EndTimers;
  readonly #ending = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: RecordingOptions, deps: RecordingDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#store = new ActiveRecordings(deps);
    this.#finisher = new Finisher(deps);
    this.#conversions = new Conversions(options, deps);
    const notes = (this.#notes = new SegmentNotes(deps));
    this.#check = new MediaCheck(deps);
    this.#timers = new EndTimers(deps.clock, (session) => this.#endInTime(session));
    const sessions = this.#sessions;
    const growth = (this.#growth = new Growth({
      ...pick(deps),
      sessions,
      stallMs: options.stallMs,
      stalled: (session, error) => this.#stalled(session, error),
      resumed: () => this.#tellHealth(),
    }));
    this.#disk = new DiskWatch({
      ...pick(deps),
      sessions,
      notes,
      finisher: this.#finisher,
      closed: (session, next, gap) => this.#fileClosed(session, next, gap),
      lost: (session, files) => growth.lost(session, files),
      save: () => this.#store.save(this.all()),
      causeOf: (session) => growth.causeOf(session),
    });
    this.#pauses = new PauseWatch({
      ...pick(deps),
      tool: deps.tool,
      sessions,
      found: (session, gap, filename) => {
        notes.gap(session, filename, gap);
        this.changes.emit({ type: 'gap', session, gap, filename });
      },
    });
    this.recorded = new RecordedFiles({ sessions, index: deps.index, lost: this.#tellGap });
    this.#upkeep = this.#makeUpkeep();
    [this.changes, this.closings] = [new Listeners(deps.log), new Listeners(deps.log)];
  }

  readonly #tellGap = (session: RecordingSession, gap: Gap, filename: string): void =>
    this.changes.emit({ type: 'gap', session, gap, filename });

  #makeUpkeep(): Upkeep {
    return new Upkeep(this.#options, {
      ...pick(this.#deps),
      sessions: this.#sessions,
      look: () => this.#disk.look().then(() => this.#growth.judge()),
      lookForPauses: () => this.#pauses.look(),
      full: (session, error) => this.#endFull(session, error),
      progress: (session, now) =>
        this.changes.emit({ type: 'progress', session, seconds: recordedSeconds(session, now) }),
    });
  }

  async start(): Promise<void> {
    this.#tellHealth();
    for (const session of await this.#store.load()) this.#resume(this.#notes.restored(session));
    await this.#conversions.resume();
    this.#watching = this.#upkeep.run(this.#stopping.signal);
  }

  /** Closes the files; what was being recorded goes on after the next start. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort(new Error('service is stopping'));
    this.#timers.clear();
    await this.#watching;
    await Promise.all(this.#sessions.all().map(({ camera }) => this.#switchOff(camera, signal)));
    await Promise.race([Promise.allSettled(this.#ending), aborted(signal)]);
  }

  /** What is being recorded from a camera now. */
  of(camera: string): RecordingSession | undefined {
    return this.#sessions.get(camera);
  }

  all(): readonly RecordingSession[] {
    return this.#sessions.all();
  }

  /** The recording that is writing this file. */
  writing(filename: string): RecordingSession | undefined {
    return this.all().find((session) => isOwn(session, filename));
  }

  /** Tells of any file whether it must stay because it is being written or completed. Good until the next change. */
  held(): (filename: string) => boolean {
    return heldBy(this.all());
  }

  /** Deletes a file; a closed one of a running recording too, which does not miss it. @throws as `DiskWatch.discard`. */
  async discard(filename: string): Promise<void> {
    const session = this.writing(filename);
    if (session) return await this.#disk.discard(session, filename);
    await this.letGo(filename);
    await this.#deps.index.remove('recordings', filename);
  }

  /** A file is about to be removed: nothing works on it any more when this resolves. */
  async letGo(filename: string): Promise<void> {
    await this.#conversions.abandon(filename);
  }

  /**
   * Starts a recording; resolves when its first bytes are on disk. After a failure nothing is left behind.
   * @throws ServiceError with a code that `start_recording` declares.
   */
  async begin(request: StartRequest, signal: AbortSignal): Promise<RecordingSession> {
    const { camera } = request;
    await this.#requireStartable(camera, signal);
    // Somebody else may have been quicker while this call asked around. Nothing is waited for between here and `put`.
    this.#requireNone(camera.id);
    const session = this.#newSession(request);
    this.#sessions.put(session);
    this.#holds.set(session.sessionId, this.#deps.streams.hold(camera.id, 'recording'));
    try {
      const either = AbortSignal.any([signal, this.#stopping.signal]);
      const task = (inner: AbortSignal): Promise<void> => this.#bringUp(session, inner);
      await withDeadline(this.#deps.clock, this.#options.startTimeoutMs, task, either);
    } catch (cause) {
      await this.#undo(session);
      const error = startFailure(cause, camera.id, this.#deps.streams.view(camera.id).lastFailure?.message);
      this.changes.emit({ type: 'failed', camera: camera.id, error });
      throw error;
    }
    return await this.#begun(session, request.durationSeconds);
  }

  /** Stops a recording and closes its files. @throws ServiceError `INVALID_STATE` without one. */
  async end(camera: string, reason: string): Promise<StoppedRecording> {
    const session = this.#sessions.get(camera);
    if (session?.state !== 'RECORDING') throw invalidState(session?.state ?? 'NOT_RECORDING', ['RECORDING']);
    this.#sessions.update(session, { state: 'STOPPING' });
    const ending = this.#close(session, reason);
    this.#ending.add(ending);
    try {
      return await ending;
    } finally {
      this.#ending.delete(ending);
    }
  }

  async #close(session: RecordingSession, reason: string): Promise<StoppedRecording> {
    const { camera } = session;
    this.#timers.cancel(camera);
    const recorded = await this.#finish(session).finally(() => {
      // Whatever went wrong, the camera can be recorded again.
      this.#sessions.remove(camera);
      this.#growth.forget(session);
      this.#notes.over(session);
      this.#tellHealth();
    });
    const { clock } = this.#deps;
    const endedAt = clock.now();
    const seconds = recordedSeconds(recorded, clock.monotonicMs());
    const outcome = await this.#conversions.convert(recorded, this.#options.convertWaitMs);
    this.changes.emit({ type: 'stopped', session: outcome.session, seconds, reason });
    return { ...outcome, endedAt, seconds, sizeBytes: totalBytes(outcome.session) };
  }

  async #finish(session: RecordingSession): Promise<RecordingSession> {
    const { camera } = session;
    await this.#store.save(this.all());
    await this.#switchOff(camera);
    await this.#disk.look();
    await this.#disk.settled();
    this.#release(session);
    await this.#finisher.settled(this.#current(session));
    await this.#pauses.look();
    return await this.#finisher.finish(this.#withOpenGap(this.#current(session)));
  }

  /** A recording as it is by now. */
  #current(session: RecordingSession): RecordingSession {
    return this.#sessions.get(session.camera) ?? session;
  }

  /** What a recording misses that was stalled until its end. */
  #withOpenGap(session: RecordingSession): RecordingSession {
    const { stall, gaps } = session;
    if (stall === undefined) return session;
    const gap = { from: stall.since, to: Math.max(stall.since, this.#deps.clock.now()), cause: stall.cause };
    return { ...session, gaps: [...gaps, gap] };
  }

  async #requireStartable(camera: Camera, signal: AbortSignal): Promise<void> {
    this.#requireNone(camera.id);
    if (camera.status === 'DISCONNECTED') throw invalidState('DISCONNECTED', ['CONNECTED']);
    if (!this.#deps.media.supports.recording) {
      throw unsupported(
        'recording',
        `The media server ${this.#deps.media.name} cannot record; configure a different one.`,
      );
    }
    const { availableBytes } = await this.#deps.files.capacity();
    if (availableBytes < this.#options.reserveBytes) {
      throw storageFull(availableBytes, this.#options.reserveBytes);
    }
    await this.#check.requireAnswer(signal);
    await this.#deps.streams.requireFree(camera.id).catch((cause: unknown) => {
      throw startFailure(cause, camera.id, undefined);
    });
  }

  #requireNone(camera: string): void {
    const running = this.#sessions.get(camera);
    if (running) throw recordingInProgress(running);
  }

  #newSession({ camera, format = 'fmp4' }: StartRequest): RecordingSession {
    return {
      sessionId: this.#deps.newId(),
      camera: camera.id,
      format,
      startedAt: this.#deps.clock.now(),
      state: 'STARTING',
      files: [],
      gaps: [],
    };
  }

  async #bringUp(session: RecordingSession, signal: AbortSignal): Promise<void> {
    const { camera } = session;
    const { streams, clock } = this.#deps;
    await this.#growth.remember();
    await this.#check.during(camera, (inner) => streams.ready(camera, inner), signal);
    await streams.setRecord(camera, recordOf(session), signal);
    while (this.#current(session).files.length === 0) {
      this.#check.requireStill(camera);
      await clock.sleep(FIRST_BYTES_POLL_MS, signal);
      await this.#disk.look();
    }
  }

  /** From here on it runs; a wanted duration counts from the first picture. */
  async #begun(session: RecordingSession, durationSeconds: number | undefined): Promise<RecordingSession> {
    const firstPictureAt = this.#current(session).files[0]?.startedAt ?? session.startedAt;
    const wish =
      durationSeconds === undefined
        ? {}
        : { durationSeconds, stopAt: firstPictureAt + durationSeconds * 1_000 };
    const running = this.#sessions.update(session, { state: 'RECORDING', ...wish }) ?? session;
    this.#growth.expect(running);
    // Before anything is waited for: it may be ended as soon as it counts as running.
    this.#timers.arm(running);
    const seconds = recordedSeconds(running, this.#deps.clock.monotonicMs());
    this.changes.emit({ type: 'started', session: running, seconds });
    await this.#store.save(this.all());
    return running;
  }

  async #undo(session: RecordingSession): Promise<void> {
    const { camera } = session;
    await this.#switchOff(camera);
    this.#release(session);
    try {
      await removeFilesOf(session, this.#deps.index);
    } catch (cause) {
      this.#deps.log.warn('a recording that did not start may have left a file', { camera, cause });
    } finally {
      this.#sessions.remove(camera);
      this.#notes.over(session);
    }
  }

  #release({ sessionId }: RecordingSession): void {
    this.#holds.get(sessionId)?.release();
    this.#holds.delete(sessionId);
  }

  /** Tells the media server to end the file. When it is away there is nobody to end it, and the wish is kept all the same. */
  async #switchOff(camera: string, signal?: AbortSignal): Promise<void> {
    try {
      const off = (inner: AbortSignal): Promise<void> => this.#deps.streams.setRecord(camera, false, inner);
      await withDeadline(this.#deps.clock, SWITCH_OFF_LIMIT_MS, off, signal);
    } catch (cause) {
      this.#deps.log.warn('the media server could not be told to stop the recording', { camera, cause });
    }
  }

  #resume(stored: RecordingSession): void {
    const session: RecordingSession = { ...stored, state: 'RECORDING' };
    this.#sessions.put(session);
    this.#growth.expect(session, 'service');
    this.#deps.streams.expectRecord(session.camera, recordOf(session));
    this.#holds.set(session.sessionId, this.#deps.streams.hold(session.camera, 'recording'));
    this.#timers.arm(session);
    this.#deps.log.info('recording resumed', { camera: session.camera, session: session.sessionId });
  }

  #endInTime({ camera, sessionId }: RecordingSession): void {
    if (this.#sessions.get(camera)?.sessionId !== sessionId) return;
    void this.end(camera, 'duration reached').catch((cause: unknown) => {
      this.#deps.log.error('recording could not be stopped in time', { camera, cause });
    });
  }

  #endFull(session: RecordingSession, error: ServiceError): void {
    const { camera } = session;
    this.changes.emit({ type: 'stalled', session, error });
    void this.end(camera, 'the disk space reserve has been reached').catch((cause: unknown) => {
      this.#deps.log.error('recording could not be stopped at the disk space reserve', { camera, cause });
    });
  }

  #stalled(session: RecordingSession, error: ServiceError): void {
    this.#tellHealth();
    this.changes.emit({ type: 'stalled', session, error });
  }

  #tellHealth(): void {
    const stalls = this.all().flatMap(({ camera, stall }) => (stall ? [`${camera}: ${stall.reason}`] : []));
    const reason = stalls.join('; ');
    this.#deps.board.set('recordings', reason === '' ? 'ok' : 'degraded', reason === '' ? {} : { reason });
  }

  async #fileClosed(session: RecordingSession, next: SessionFile, gap: Gap | undefined): Promise<void> {
    this.#growth.begun(session);
    const closed = session.files.at(session.files.findIndex((file) => file.filename === next.filename) - 1);
    if (closed && closed.filename !== next.filename) await this.#pauses.read(session, closed.filename);
    if (gap) this.changes.emit({ type: 'gap', session, gap, filename: next.filename });
    this.closings.emit(session);
  }
}

function pick({ streams, media, files, index, clock, log }: RecordingDeps) {
  return { streams, media, files, index, clock, log };
}
