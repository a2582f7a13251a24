/** Captures of cameras that exist in memory only, driven by the program that made them. */
import type { Capture, CaptureEnd, CaptureJob, CaptureSession, Frame } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import type { PortError } from '../../../ports/port-error.js';
import { FrameSlot } from '../../_shared/jpeg-frame-slot.js';
import { sampleJpeg } from '../../_shared/jpeg-sample.js';
import { requireKind } from '../../_shared/source-kind.js';

export interface MemoryCaptureControl {
  /** How often captures were started. */
  starts(): number;
  /** The jobs of the captures that run. */
  running(): readonly CaptureJob[];
  /** A new picture for every capture of this camera; nothing happens while it is frozen. */
  emit(camera: string, picture?: Partial<Frame>): void;
  /** Pictures stop, and the capture no longer ends politely. */
  freeze(camera: string): void;
  thaw(camera: string): void;
  /** Ends it as if by itself. */
  end(camera: string, reason: CaptureEnd['reason'], message?: string): void;
  /** The next `start` calls fail with this; `undefined` lets them work again. */
  refuse(error: PortError | undefined): void;
}

export interface MemoryCapture extends Capture {
  readonly control: MemoryCaptureControl;
}

export interface MemoryCaptureOptions {
  readonly kinds: readonly string[];
  /** With a number, every capture makes so many pictures a second by itself. */
  readonly fps?: number;
}

export interface MemoryCaptureDeps {
  readonly clock: Clock;
  /** Gets what other captures send over the network. */
  publish?(url: string, frame: Frame): void;
}

export const MEMORY_CAPTURE = 'memory';

export function createMemoryCapture(
  options: MemoryCaptureOptions,
  { clock, publish = () => undefined }: MemoryCaptureDeps,
): MemoryCapture {
  const sessions = new Set<MemorySession>();
  let starts = 0;
  let refusal: PortError | undefined;
  const of = (camera: string): MemorySession[] => [...sessions].filter((one) => one.job.camera === camera);
  return {
    name: MEMORY_CAPTURE,
    supports: { kinds: options.kinds },
    control: {
      starts: () => starts,
      running: () => [...sessions].map(({ job }) => job),
      emit: (camera, picture) => of(camera).forEach((session) => session.emit(picture)),
      freeze: (camera) => of(camera).forEach((session) => (session.isFrozen = true)),
      thaw: (camera) => of(camera).forEach((session) => (session.isFrozen = false)),
      end: (camera, reason, message = reason) =>
        of(camera).forEach((session) => session.finish({ reason, message, tail: [] })),
      refuse: (error) => void (refusal = error),
    },
    async start(job, signal) {
      signal.throwIfAborted();
      requireKind(job.source, options.kinds);
      if (refusal !== undefined) throw refusal;
      starts += 1;
      const session = new MemorySession(job, { clock, publish }, signal);
      sessions.add(session);
      void session.ended.then(() => sessions.delete(session));
      if (options.fps !== undefined) session.play(1000 / options.fps);
      return session;
    },
  };
}

class MemorySession implements CaptureSession {
  readonly pid = undefined;
  readonly startedAt: number;
  readonly ended: Promise<CaptureEnd>;
  readonly job: CaptureJob;
  isFrozen = false;
  readonly #clock: Clock;
  readonly #publish: (url: string, frame: Frame) => void;
  readonly #slot = new FrameSlot();
  #lastFrameAt = 0;
  #cancel: () => void = () => undefined;
  #resolve: (end: CaptureEnd) => void = () => undefined;

  constructor(job: CaptureJob, { clock, publish }: Required<MemoryCaptureDeps>, signal: AbortSignal) {
    this.job = job;
    this.#clock = clock;
    this.#publish = publish;
    this.startedAt = clock.now();
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    const onAbort = (): void => this.finish(STOPPED);
    signal.addEventListener('abort', onAbort, { once: true });
    void this.ended.then(() => signal.removeEventListener('abort', onAbort));
  }

  latest(): Frame | undefined {
    return this.#slot.latest();
  }

  next(afterSequence: number, signal: AbortSignal): Promise<Frame> {
    return this.#slot.next(afterSequence, signal);
  }

  stats(): { tapFrames: number; publishedFrames: number; lastFrameAt: number } {
    const frames = this.#slot.count();
    return { tapFrames: frames, publishedFrames: frames, lastFrameAt: this.#lastFrameAt };
  }

  async stop(graceMs: number): Promise<void> {
    if (this.isFrozen && graceMs > 0) await Promise.race([this.#clock.sleep(graceMs), this.ended]);
    this.finish(STOPPED);
  }

  emit(picture: Partial<Frame> = {}): void {
    if (this.isFrozen) return;
    const capturedAt = this.#clock.now();
    this.#slot.put({ ...sampleJpeg(), capturedAt, ...picture });
    this.#lastFrameAt = capturedAt;
    const frame = this.#slot.latest();
    if (frame !== undefined) this.#publish(this.job.publishUrl, frame);
  }

  play(intervalMs: number): void {
    this.emit();
    this.#cancel = this.#clock.after(intervalMs, () => this.play(intervalMs));
  }

  finish(end: CaptureEnd): void {
    this.#cancel();
    this.#slot.close();
    this.#resolve(end);
  }
}

const STOPPED: CaptureEnd = { reason: 'stopped', message: 'the capture was stopped', tail: [] };
