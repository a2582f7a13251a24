/** Looks regularly whether the server is there and the same as before. */
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

export class ServerWatch {
  readonly #deps: WatchDeps;
  #failures = 0;
  #failingSince = 0;
  #warnedVersion = '';

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Asks once, and tells the tracker. @returns the answer, or why there is none. */
  async look(
    signal: AbortSignal,
  ): Promise<ServerInfo | { readonly failed: string; readonly sinceMs: number }> {
    const { api, tracker, clock } = this.#deps;
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
        tracker.down(`the media server does not answer (${failed}); asked again all the time`);
      }
      return { failed, sinceMs: clock.monotonicMs() - this.#failingSince };
    }
  }

  /** Looks until the signal aborts, or until nothing answered for `hungMs`. @returns true in the latter case. */
  async run(pollMs: number, hungMs: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await this.#deps.clock.sleep(pollMs, signal);
        const seen = await this.look(signal);
        if ('failed' in seen && seen.sinceMs >= hungMs) return true;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
    return false;
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
