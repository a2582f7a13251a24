import type { Clock, FileStore, Logger, MediaServer } from '../../ports/index.js';
import { dependencyFailed, type ServiceError } from '../errors/service-error.js';
import { withDeadline } from '../lifecycle/deadline.js';
import type { FileIndex } from '../files/file-index.js';
import type { StreamService } from '../streams/stream-service.js';
import { emptyFilesOf, wantedOf } from './file-plan.js';
import { recordOf } from './recording-session.js';
import type { GapCause } from '../files/gap.js';
import type { RecordingSession, SessionFile, Stall } from './recording-session.js';
import type { RunningRecordings } from './running-recordings.js';

export interface GrowthDeps {
  readonly sessions: RunningRecordings;
  readonly streams: StreamService;
  readonly media: MediaServer;
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stallMs: number;
  /** Called when a recording is stalled. */
  readonly stalled: (session: RecordingSession, error: ServiceError) => void;
  /** Called when it gets on again. */
  readonly resumed: (session: RecordingSession) => void;
}

/** How long the media server may take to hear that a file is to be ended and another one begun. */
const RESTART_LIMIT_MS = 4_000;

interface Watched {
  /** Since when nothing counts against it, on the monotonic clock. */
  readonly fromMs: number;
  readonly cause: GapCause;
  /** When it was last begun anew, and when it was last found to be stalled. */
  readonly triedMs: number;
  readonly stalledMs: number;
}

/**
 * Whether recordings get on: what proves it is a file that grows. One that does not is said to be stalled, and is begun anew until
 * it grows.
 */
export class Growth {
  readonly #deps: GrowthDeps;
  readonly #watched = new Map<string, Watched>();
  /** The folder as it was when it was last written to. */
  #folder: string | undefined;

  constructor(deps: GrowthDeps) {
    this.#deps = deps;
  }

  /** From here on the recording is expected to grow. @param cause what frames were missing for until now. */
  expect({ sessionId }: RecordingSession, cause: GapCause = 'unknown'): void {
    this.#watched.set(sessionId, {
      fromMs: this.#deps.clock.monotonicMs(),
      cause,
      triedMs: -Infinity,
      stalledMs: 0,
    });
  }

  /** The recording is over. */
  forget({ sessionId }: RecordingSession): void {
    this.#watched.delete(sessionId);
  }

  /** What was noticed since the last file began. */
  causeOf({ sessionId, stall }: RecordingSession): GapCause {
    return stall?.cause ?? this.#watched.get(sessionId)?.cause ?? 'unknown';
  }

  /** A further file has begun: what was noticed before it is told. */
  begun(session: RecordingSession): void {
    this.#change(session, { cause: 'unknown' });
  }

  /** Files have gone, or were cut: whatever is still written into them is lost, so that another one is begun at once. */
  lost(session: RecordingSession, files: readonly SessionFile[]): void {
    const isActive = session.state === 'RECORDING' && session.stall === undefined;
    const [first] = files;
    if (!isActive || first === undefined) return;
    const names = files.map((file) => file.filename).join(', ');
    this.#stall(session, {
      since: first.startedAt,
      cause: 'file_lost',
      reason: `recorded files were deleted or truncated by another program: ${names}`,
    });
  }

  /** Judges all recordings after a look at the disk. */
  async judge(): Promise<void> {
    await Promise.all(this.#deps.sessions.all().map((session) => this.#judge(session)));
  }

  async #judge(session: RecordingSession): Promise<void> {
    const watched = this.#watched.get(session.sessionId);
    if (session.state !== 'RECORDING' || watched === undefined) return;
    this.#note(session, watched);
    const now = this.#deps.clock.monotonicMs();
    const grewMs = Math.max(session.files.at(-1)?.grewMs ?? 0, watched.fromMs);
    if (session.stall !== undefined && (session.files.at(-1)?.grewMs ?? 0) > watched.stalledMs) {
      const current = this.#deps.sessions.goesOn(session);
      if (current) this.#deps.resumed(current);
      return;
    }
    if (session.stall === undefined && now - grewMs >= this.#deps.stallMs) {
      const since = this.#deps.clock.now() - (now - grewMs);
      this.#stall(session, { since, ...(await this.#diagnose(session)) });
    }
    await this.#heal(session);
  }

  #note(session: RecordingSession, watched: Watched): void {
    const { media, streams } = this.#deps;
    const isUp = media.state().status === 'ready';
    if (isUp && streams.view(session.camera).isReady) return;
    const cause = watched.cause === 'service' ? 'service' : isUp ? 'source' : 'media_server';
    this.#change(session, { cause });
  }

  #change({ sessionId }: RecordingSession, change: Partial<Watched>): void {
    const watched = this.#watched.get(sessionId);
    if (watched) this.#watched.set(sessionId, { ...watched, ...change });
  }

  #stall(session: RecordingSession, stall: Stall): void {
    const stalled = this.#deps.sessions.update(session, { stall });
    if (!stalled) return;
    this.#change(session, { stalledMs: this.#deps.clock.monotonicMs() });
    const { camera } = session;
    this.#deps.log.error('a recording is stalled', { camera, cause: stall.cause, reason: stall.reason });
    this.#deps.stalled(stalled, dependencyFailed(dependencyOf(stall.cause), stall.reason));
  }

  async #diagnose({ camera }: RecordingSession): Promise<Pick<Stall, 'cause' | 'reason'>> {
    const { media, streams, files } = this.#deps;
    const { status, reason = 'it is not running' } = media.state();
    if (status !== 'ready')
      return { cause: 'media_server', reason: `the media server is unavailable: ${reason}` };
    const { isReady, lastFailure } = streams.view(camera);
    if (!isReady) {
      const words = lastFailure?.message ?? 'no frames arrive';
      return { cause: 'source', reason: `the camera delivers no frames: ${words}` };
    }
    try {
      const { availableBytes } = await files.capacity();
      await this.#deps.index.refresh('recordings');
      if (availableBytes <= 0) return { cause: 'storage', reason: 'the disk is full' };
      if ((await this.#isReplaced()) === true)
        return { cause: 'storage', reason: 'the recordings folder was replaced, unmounted or remounted' };
      return { cause: 'storage', reason: 'nothing is written to the disk although frames arrive' };
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      return { cause: 'storage', reason: `the recordings folder cannot be used: ${words}` };
    }
  }

  /** Whether the folder is another one than before: another disk, or made anew. */
  async #isReplaced(): Promise<boolean> {
    const before = this.#folder;
    this.#folder = await this.#deps.files.identity('recordings');
    return before !== undefined && before !== this.#folder;
  }

  /** Notes which folder is written to. */
  async remember(): Promise<void> {
    this.#folder ??= await this.#deps.files.identity('recordings').catch(() => undefined);
  }

  /** Ends the file and begins another one, which is what helps when the old one is out of reach. */
  async #heal(session: RecordingSession): Promise<void> {
    const { sessions, streams, media, clock, stallMs } = this.#deps;
    const watched = this.#watched.get(session.sessionId);
    const stalled = sessions.get(session.camera);
    if (!watched || stalled?.sessionId !== session.sessionId || stalled.stall === undefined) return;
    const canHelp = media.state().status === 'ready' && streams.view(session.camera).isReady;
    if (!canHelp || clock.monotonicMs() - watched.triedMs < stallMs) return;
    this.#change(session, { triedMs: clock.monotonicMs() });
    await this.#beginAnew(stalled);
  }

  async #beginAnew(session: RecordingSession): Promise<void> {
    const { sessions, log } = this.#deps;
    const { camera } = session;
    await this.#within((signal) => this.#clear(session, signal)).catch((cause: unknown) => {
      log.warn('a stalled recording could not be prepared for a restart', { camera, cause });
    });
    const current = sessions.get(camera);
    // It may have been stopped meanwhile, and what is wanted then is no recording.
    if (current?.sessionId !== session.sessionId || current.state !== 'RECORDING') return;
    const record = recordOf(session);
    await this.#within((signal) => this.#deps.streams.setRecord(camera, record, signal)).catch(
      (cause: unknown) => {
        log.warn('a stalled recording could not be restarted; another attempt follows', { camera, cause });
      },
    );
  }

  /** Ends the file, makes the folder if it is gone, and takes away what holds nothing. */
  async #clear(session: RecordingSession, signal: AbortSignal): Promise<void> {
    const { streams, files, index } = this.#deps;
    await streams.setRecord(session.camera, false, signal);
    await files.start(signal);
    for (const filename of emptyFilesOf(session, await index.written([wantedOf(session)], 0)))
      await index.remove('recordings', filename);
  }

  async #within(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await withDeadline(this.#deps.clock, RESTART_LIMIT_MS, task);
  }
}

function dependencyOf(cause: GapCause): string {
  return { source: 'camera', media_server: 'media-server', service: 'service' }[cause as string] ?? 'storage';
}
