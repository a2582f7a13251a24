/** A running capture process: its pictures, its counters, its end. */
import type { Readable } from 'node:stream';
import type { CaptureEnd, CaptureJob, CaptureSession, CaptureStats, Frame } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import { pipeOf, type OwnedChild } from '../../_shared/child-process.js';
import { unknownOption } from '../../_shared/ffmpeg-dialect.js';
import { END_WORDS, endOf, reasonOf } from '../../_shared/ffmpeg-end.js';
import { readProgress } from '../../_shared/ffmpeg-progress.js';
import { deviceTrouble, isPublishTrouble, redactUrls } from '../../_shared/ffmpeg-words.js';
import { FrameSlot } from '../../_shared/jpeg-frame-slot.js';
import { findHolder, findSyntheticHolder } from '../../_shared/holder.js';
import { JpegSplitter } from '../../_shared/jpeg-splitter.js';

export interface SessionParts {
  readonly clock: Clock;
  readonly maxFrameBytes: number;
}

export class FfmpegCaptureSession implements CaptureSession {
  readonly pid: number;
  readonly startedAt: number;
  readonly ended: Promise<CaptureEnd>;
  readonly #child: OwnedChild;
  readonly #job: CaptureJob;
  readonly #clock: Clock;
  readonly #slot = new FrameSlot();
  #published = 0;
  #lastFrameAt = 0;
  #isStopping = false;

  constructor(child: OwnedChild, job: CaptureJob, { clock, maxFrameBytes }: SessionParts) {
    this.#child = child;
    this.#job = job;
    this.#clock = clock;
    this.pid = child.pid;
    this.startedAt = clock.now();
    this.#readPictures(pipeOf(child, 3), new JpegSplitter(maxFrameBytes));
    readProgress(pipeOf(child, 4), (frames) => this.#count(frames));
    this.ended = child.exited.then(({ code, signal }) => this.#finish(code, signal));
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
    await this.#child.stop(graceMs, graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    await this.ended;
  }

  /** To be called when somebody else ends the process on behalf of the caller. */
  kill(): void {
    this.#isStopping = true;
    this.#child.kill('SIGKILL');
  }

  #readPictures(pipe: Readable, splitter: JpegSplitter): void {
    pipe.on('data', (chunk: Buffer) => {
      for (const { jpeg, width, height } of splitter.push(chunk)) {
        const capturedAt = this.#clock.now();
        this.#lastFrameAt = capturedAt;
        this.#slot.put({ jpeg, width, height, capturedAt });
      }
    });
  }

  #count(published: number): void {
    if (published <= this.#published) return;
    this.#published = published;
    this.#lastFrameAt = this.#clock.now();
  }

  async #finish(code: number | null, signal: NodeJS.Signals | null): Promise<CaptureEnd> {
    const tail = this.#child.tail().map(redactUrls);
    this.#slot.close();
    if (this.#isStopping) return { reason: 'stopped', message: END_WORDS.stopped, tail };
    const holder = await this.#holder(tail);
    const reason = holder === undefined ? reasonOf(code, tail) : 'device_busy';
    return { ...endOf(reason, { code, signal, tail }), ...(holder === undefined ? {} : { holder }) };
  }

  /** Says who has a camera that was busy: ffmpeg does not. */
  async #holder(tail: readonly string[]): Promise<string | undefined> {
    const { kind, locator } = this.#job.source;
    if (kind === 'v4l2') return deviceTrouble(tail) === 'busy' ? await findHolder(locator) : undefined;
    // A synthetic camera that somebody else has closes the connection before the first picture.
    const isEarly = kind === 'synthetic' && this.#slot.count() === 0 && !isPublishTrouble(tail);
    return isEarly && unknownOption(tail) === undefined ? await findSyntheticHolder(locator) : undefined;
  }
}
