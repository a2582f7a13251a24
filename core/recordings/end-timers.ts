import type { CancelTimer, Clock } from '../../ports/index.js';
import type { RecordingSession } from './recording-session.js';

/** Ends recordings whose duration was given, at most one per camera. */
export class EndTimers {
  readonly #clock: Clock;
  readonly #end: (session: RecordingSession) => void;
  readonly #timers = new Map<string, CancelTimer>();

  constructor(clock: Clock, end: (session: RecordingSession) => void) {
    this.#clock = clock;
    this.#end = end;
  }

  /** Sets the timer of a recording, if it is to end by itself. */
  arm(session: RecordingSession): void {
    const { camera, stopAt, durationSeconds = Infinity } = session;
    if (stopAt === undefined) return;
    // A clock that was set back while the service was down must not make it longer than it was wanted.
    const left = Math.min(Math.max(0, stopAt - this.#clock.now()), durationSeconds * 1_000);
    this.#timers.set(
      camera,
      this.#clock.after(left, () => this.#end(session)),
    );
  }

  cancel(camera: string): void {
    this.#timers.get(camera)?.();
    this.#timers.delete(camera);
  }

  clear(): void {
    for (const camera of [...this.#timers.keys()]) this.cancel(camera);
  }
}
