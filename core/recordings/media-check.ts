import type { Clock, MediaServer } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import { dependencyFailed, fromPortError } from '../errors/service-error.js';
import { withDeadline } from '../lifecycle/deadline.js';
import type { StreamService } from '../streams/stream-service.js';

/** A server that is well answers within milliseconds. */
const ANSWER_LIMIT_MS = 2_000;
const LOOK_MS = 50;

interface CheckDeps {
  readonly media: Pick<MediaServer, 'state' | 'paths'>;
  readonly streams: Pick<StreamService, 'refusal'>;
  readonly clock: Clock;
}

/** Whether the media server can be relied on for a recording, and the camera is there. */
export class MediaCheck {
  readonly #media: CheckDeps['media'];
  readonly #streams: CheckDeps['streams'];
  readonly #clock: Clock;

  constructor({ media, streams, clock }: CheckDeps) {
    this.#media = media;
    this.#streams = streams;
    this.#clock = clock;
  }

  /** @throws ServiceError `DEPENDENCY_FAILED` when the server is known to be away. */
  require(): void {
    const { status, reason = 'the media server is not running' } = this.#media.state();
    if (status !== 'ready') throw dependencyFailed('media-server', reason, { retryAfterMs: 1_000 });
  }

  /** @throws ServiceError as `require`; `INVALID_STATE`, `DEVICE_BUSY` or whatever else keeps the camera from delivering. */
  requireStill(camera: string): void {
    this.require();
    const refusal = this.#streams.refusal(camera);
    if (refusal) throw fromPortError(refusal, { device: camera });
  }

  /** Asks instead of trusting what was known a moment ago: a server that hangs has not been noticed yet. @throws as `require`. */
  async requireAnswer(signal: AbortSignal): Promise<void> {
    this.require();
    try {
      await withDeadline(this.#clock, ANSWER_LIMIT_MS, (inner) => this.#media.paths(inner), signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (isPortError(cause)) throw fromPortError(cause);
      throw dependencyFailed('media-server', 'the media server does not respond', {
        retryAfterMs: 1_000,
        cause,
      });
    }
  }

  /** Does `work`, but not longer than the server and the camera are there. @throws what `work` throws, or as `requireStill`. */
  async during(
    camera: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const lost = async (): Promise<never> => {
      for (;;) {
        this.requireStill(camera);
        await this.#clock.sleep(LOOK_MS, both);
      }
    };
    try {
      await Promise.race([work(both), lost()]);
    } finally {
      // Whichever is still waiting must not wait for ever.
      over.abort();
    }
  }
}
