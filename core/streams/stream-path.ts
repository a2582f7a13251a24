import type { MediaServer, PathSpec, PathState } from '../../ports/index.js';
import { Mutex } from '../lifecycle/mutex.js';

/** One camera's path at the media server: what it is to be, and how it was last seen. */
export class StreamPath {
  readonly #name: string;
  readonly #media: MediaServer;
  readonly #turn = new Mutex();
  #record: PathSpec['record'] = false;
  #state: PathState | undefined;
  #bitrate = 0;
  #observedAt = 0;

  constructor(name: string, media: MediaServer) {
    this.#name = name;
    this.#media = media;
  }

  get record(): PathSpec['record'] {
    return this.#record;
  }

  get state(): PathState | undefined {
    return this.#state;
  }

  /** Bits per second of the stream, between the last two looks. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** What is to be recorded. The media server learns it with the next `configure`. */
  wish(record: PathSpec['record']): void {
    this.#record = record;
  }

  /** Tells the media server what the path should be. One call at a time: an older one must not have the last word. */
  async configure(isBusy: () => boolean, signal: AbortSignal): Promise<void> {
    await this.#turn.run(() => {
      // There is no telling when another program will be done with the camera.
      const refusal = isBusy() ? { refusesViewers: true } : {};
      return this.#media.ensurePath(this.#name, { record: this.#record, ...refusal }, signal);
    });
  }

  /** Takes in what the media server says. @param at time on the monotonic clock. @returns whether it became or ceased to be ready. */
  observe(state: PathState | undefined, at: number): boolean {
    const seconds = (at - this.#observedAt) / 1_000;
    const bytes = (state?.inboundBytes ?? 0) - (this.#state?.inboundBytes ?? 0);
    this.#bitrate = bytes > 0 && seconds > 0 ? Math.round((bytes * 8) / seconds) : 0;
    this.#observedAt = at;
    const wasReady = this.#state?.ready === true;
    this.#state = state;
    return wasReady !== (state?.ready === true);
  }
}
