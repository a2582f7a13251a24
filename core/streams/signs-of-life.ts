import type { CaptureEnd, PortErrorCode } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import type { StreamOptions } from './stream-options.js';

/** When pictures last came, on a clock that does not jump. */
export class SignsOfLife {
  readonly #options: Pick<StreamOptions, 'startTimeoutMs' | 'stallTimeoutMs'>;
  readonly #began: number;
  #movedAt: number;
  #lastFrameAt = 0;

  constructor(options: Pick<StreamOptions, 'startTimeoutMs' | 'stallTimeoutMs'>, began: number) {
    this.#options = options;
    this.#began = began;
    this.#movedAt = began;
  }

  get hasBegun(): boolean {
    return this.#lastFrameAt !== 0;
  }

  /** Takes in when the newest picture came, by the wall clock. @returns why the capture counts as frozen, if it does. */
  silence(lastFrameAt: number, now: number): string | undefined {
    if (lastFrameAt !== this.#lastFrameAt) {
      this.#lastFrameAt = lastFrameAt;
      this.#movedAt = now;
    }
    if (!this.hasBegun) {
      const limit = this.#options.startTimeoutMs;
      return now - this.#began > limit ? `no picture within ${String(limit)} ms` : undefined;
    }
    const silent = Math.round(now - this.#movedAt);
    return silent > this.#options.stallTimeoutMs ? `no new picture for ${String(silent)} ms` : undefined;
  }
}

const REASONS: Readonly<Partial<Record<PortErrorCode, CaptureEnd['reason']>>> = {
  DEVICE_GONE: 'device_gone',
  DEVICE_BUSY: 'device_busy',
  TOOL_MISSING: 'tool_missing',
  MEDIA_SERVER_UNREACHABLE: 'publish_failed',
  MEDIA_SERVER_REJECTED: 'publish_failed',
};

/** A capture that could not even begin, as one that ended. */
export function asFailure(cause: unknown): CaptureEnd {
  const reason = isPortError(cause) ? REASONS[cause.code] : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { reason: reason ?? 'failed', message, tail: [] };
}
