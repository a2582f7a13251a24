/** Looks whether the server is there and the same as before: when something hints that it is not, and slowly all the time. */
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { isPortError } from '../../../ports/port-error.js';
import { HttpFailure } from '../../_shared/http-client.js';
import { judgeVersion } from '../../_shared/plain/mediamtx-version.mjs';
import type { ControlApi, ServerInfo } from './control-api.js';
import type { StateTracker } from './state-tracker.js';

export interface WatchDeps {
  readonly api: ControlApi;
  readonly tracker: StateTracker;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One slow answer is no outage; a refused connection is. */
const FAILURES_BEFORE_DOWN = 2;
/** Between two looks while the server does not answer, and between a look and a hint. */
const DOUBT_MS = 1_000;

export class ServerWatch {
  readonly #deps: WatchDeps;
  #failures = 0;
  #failingSince = 0;
  #warnedVersion = '';
  #lookedAt = 0;
  /** Ends the pause that is under way after so many milliseconds. */
  #shorten: ((ms: number) => void) | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Asks once, and tells the tracker. @returns the answer, or why there is none. */
  async look(
    signal: AbortSignal,
  ): Promise<ServerInfo | { readonly failed: string; readonly sinceMs: number }> {
    const { api, tracker, clock } = this.#deps;
    this.#lookedAt = clock.monotonicMs();
    try {
      const info = await api.info(signal);
      this.#failures = 0;
      this.#answered(info);
      return info;
    } catch (cause) {
      signal.throwIfAborted();
      this.#failures += 1;
      if (this.#failures === 1) this.#failingSince = clock.monotonicMs();
      const failed = reasonOf(cause);
      if (failed === 'ECONNREFUSED' || this.#failures >= FAILURES_BEFORE_DOWN) {
        tracker.down(`the media server does not respond (${failed}); the checks continue`);
      }
      return { failed, sinceMs: clock.monotonicMs() - this.#failingSince };
    }
  }

  /** Looks until the signal aborts, or until nothing answered for `hungMs`. @returns true in the latter case. */
  async run(pollMs: number, hungMs: number, signal: AbortSignal): Promise<boolean> {
    let isWell = true;
    while (!signal.aborted) {
      try {
        await this.#pause(isWell ? pollMs : Math.min(pollMs, DOUBT_MS), signal);
        if (signal.aborted) break;
        const seen = await this.look(signal);
        isWell = !('failed' in seen);
        if ('failed' in seen && seen.sinceMs >= hungMs) return true;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    return false;
  }

  /** Looks soon: something hints that the server is gone. Hints may come in storms. */
  hurry(): void {
    const sinceMs = this.#deps.clock.monotonicMs() - this.#lookedAt;
    this.#shorten?.(Math.max(0, DOUBT_MS - sinceMs));
  }

  #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        this.#shorten = undefined;
        resolve();
      };
      let cancel = clock.after(durationMs, done);
      signal.addEventListener('abort', done);
      this.#shorten = (ms) => {
        this.#shorten = undefined;
        cancel();
        cancel = clock.after(Math.min(ms, durationMs), done);
      };
      if (signal.aborted) done();
    });
  }

  #answered(info: ServerInfo): void {
    const { api, tracker, log } = this.#deps;
    const verdict = judgeVersion(info.version);
    if (verdict.use === 'no') {
      tracker.down(`MediaMTX ${verdict.reason}`);
      return;
    }
    if (verdict.use === 'with-warning' && info.version !== this.#warnedVersion) {
      this.#warnedVersion = info.version;
      log.warn(`MediaMTX ${verdict.warning}`, { version: info.version });
    }
    const isBack = tracker.current.status !== 'ready' || tracker.isOther(info);
    // The circuit is closed before anybody hears that the server is back.
    if (isBack) api.reset();
    tracker.up(info);
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof HttpFailure) return cause.status === undefined ? cause.code : `status ${cause.status}`;
  if (!isPortError(cause)) return 'unknown';
  const { reason } = cause.detail;
  return typeof reason === 'string' ? reason : cause.code;
}
