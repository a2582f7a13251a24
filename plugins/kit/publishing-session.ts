/** A capture whose pictures are handed over: one ffmpeg that publishes them, and the end of either. */
import type { Writable } from 'node:stream';
import type { OwnedChild } from '../../adapters/_shared/child-process.js';
import { END_WORDS, endOf, reasonOf } from '../../adapters/_shared/ffmpeg-end.js';
import { redactUrls } from '../../adapters/_shared/ffmpeg-words.js';
import { FrameSlot } from '../../adapters/_shared/jpeg-frame-slot.js';
import { readJpeg } from '../../adapters/_shared/jpeg-splitter.js';
import { RareWarning } from '../../adapters/_shared/rare-warning.js';
import {
  isPortError,
  type CaptureEnd,
  type CaptureFormat,
  type CaptureSession,
  type CaptureStats,
  type Clock,
  type Frame,
  type Logger,
  type PortErrorCode,
} from '../../ports/index.js';
import { ivfFrame, ivfHeader } from './ivf.js';

export interface PublishingParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxFrameBytes: number;
  readonly format: CaptureFormat;
}

/** How long a camera may take to let its device go when pictures are wanted no longer. */
const RELEASE_MS = 2000;
/** What ffmpeg may take to end by itself when there are no more pictures. */
const FINISH_MS = 1000;

type Cause = Omit<CaptureEnd, 'tail'>;

export class PublishingSession implements CaptureSession {
  readonly pid: number;
  readonly startedAt: number;
  readonly ended: Promise<CaptureEnd>;
  readonly #child: OwnedChild;
  readonly #parts: PublishingParts;
  readonly #input: Writable;
  readonly #slot = new FrameSlot();
  readonly #unwanted = new AbortController();
  readonly #odd: RareWarning;
  #taking: Promise<void> = Promise.resolve();
  /** Why the pictures ended, when they did so first. */
  #cause: Cause | undefined;
  #published = 0;
  #lastFrameAt = 0;
  #lastMs = -1;
  readonly #beganAt: number;
  #isStopping = false;

  constructor(child: OwnedChild, parts: PublishingParts) {
    this.#child = child;
    this.#parts = parts;
    this.#input = child.process.stdin as Writable;
    this.#input.write(ivfHeader(parts.format));
    this.#odd = new RareWarning(parts.log, 'the camera delivered data that is not an image; it was ignored');
    this.pid = child.pid;
    this.startedAt = parts.clock.now();
    this.#beganAt = parts.clock.monotonicMs();
    this.ended = child.exited.then(({ code, signal }) => this.#finish(code, signal));
  }

  /** Begins to take pictures, until either side ends. */
  take(frames: (signal: AbortSignal) => AsyncIterable<Uint8Array>): void {
    this.#taking = this.#pump(frames);
  }

  published(frames: number): void {
    this.#published = Math.max(this.#published, frames);
  }

  latest(): Frame | undefined {
    return this.#slot.latest();
  }

  next(afterSequence: number, signal: AbortSignal): Promise<Frame> {
    return this.#slot.next(afterSequence, signal);
  }

  stats(): CaptureStats {
    return {
      tapFrames: this.#slot.count(),
      publishedFrames: this.#published,
      lastFrameAt: this.#lastFrameAt,
    };
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#unwanted.abort(new Error('the capture is being stopped'));
    if (graceMs > 0) await this.#finishWithin(graceMs);
    else await this.#child.stop(0, 'SIGKILL');
    await this.ended;
  }

  async #pump(frames: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Promise<void> {
    const { signal } = this.#unwanted;
    try {
      for await (const bytes of frames(signal)) {
        if (signal.aborted) break;
        this.#put(bytes);
      }
      if (!signal.aborted) this.#cause = { reason: 'device_gone', message: END_WORDS.device_gone };
    } catch (error) {
      if (!signal.aborted) this.#cause = causeOf(error);
    }
    await this.#finishWithin(FINISH_MS);
  }

  /** ffmpeg ends when it has sent all that it has read. A signal that comes before it can take one would end it at once. */
  async #finishWithin(ms: number): Promise<void> {
    this.#input.end();
    const cancel = this.#parts.clock.after(ms, () => this.#child.kill('SIGKILL'));
    await this.#child.exited;
    cancel();
  }

  /** The picture goes on only when ffmpeg has read those before it: it is better left out than late. */
  #put(bytes: Uint8Array): void {
    const { clock, maxFrameBytes } = this.#parts;
    const isBytes = bytes instanceof Uint8Array;
    const picture = isBytes && bytes.length <= maxFrameBytes ? readJpeg(bytes) : undefined;
    if (picture === undefined) {
      this.#odd.tell({ bytes: isBytes ? bytes.length : undefined, limit: maxFrameBytes });
      return;
    }
    const capturedAt = clock.now();
    this.#lastFrameAt = capturedAt;
    this.#slot.put({ ...picture, capturedAt });
    if (this.#input.writableNeedDrain || !this.#input.writable) return;
    this.#lastMs = Math.max(this.#lastMs + 1, Math.round(clock.monotonicMs() - this.#beganAt));
    this.#input.write(ivfFrame(picture.jpeg, this.#lastMs));
  }

  async #finish(code: number | null, signal: NodeJS.Signals | null): Promise<CaptureEnd> {
    this.#slot.close();
    this.#unwanted.abort(new Error('the capture has ended'));
    await this.#released();
    const tail = this.#child.tail().map(redactUrls);
    if (this.#isStopping) return { reason: 'stopped', message: END_WORDS.stopped, tail };
    if (this.#cause !== undefined) return { ...this.#cause, message: redactUrls(this.#cause.message), tail };
    // Without pictures that have ended it was not the camera that went away.
    const reason = reasonOf(code, tail);
    return endOf(reason === 'device_gone' ? 'failed' : reason, { code, signal, tail });
  }

  /** Waits until the camera has let its device go, or has had the time for it. */
  async #released(): Promise<void> {
    let isLate = false;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(RELEASE_MS, () => {
        isLate = true;
        resolve();
      });
      void this.#taking.then(() => {
        cancel();
        resolve();
      });
    });
    if (isLate)
      this.#parts.log.warn('the camera did not end when its signal aborted', { withinMs: RELEASE_MS });
  }
}

/** What the codes of the port mean for a capture. */
const REASONS: Partial<Record<PortErrorCode, CaptureEnd['reason']>> = {
  DEVICE_BUSY: 'device_busy',
  DEVICE_GONE: 'device_gone',
  SOURCE_UNAVAILABLE: 'device_gone',
  TOOL_MISSING: 'tool_missing',
};

function causeOf(error: unknown): Cause {
  const message = error instanceof Error ? error.message : String(error);
  if (!isPortError(error)) return { reason: 'failed', message };
  const { holder } = error.detail;
  const reason = REASONS[error.code] ?? 'failed';
  return { reason, message, ...(typeof holder === 'string' ? { holder } : {}) };
}
