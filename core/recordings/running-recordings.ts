import { Pulse } from '../lifecycle/pulse.js';
import type { RecordingSession } from './recording-session.js';

/** The recordings under way, at most one per camera. */
export class RunningRecordings {
  readonly #byCamera = new Map<string, RecordingSession>();
  readonly #begun = new Pulse();

  get size(): number {
    return this.#byCamera.size;
  }

  get(camera: string): RecordingSession | undefined {
    return this.#byCamera.get(camera);
  }

  all(): readonly RecordingSession[] {
    return [...this.#byCamera.values()];
  }

  put(session: RecordingSession): void {
    this.#byCamera.set(session.camera, session);
    this.#begun.fire();
  }

  /** Resolves as soon as there is one. @throws the signal's reason. */
  some(signal: AbortSignal): Promise<void> {
    return this.#begun.until(() => this.size > 0, signal);
  }

  /** Changes a recording as it is by now. @returns `undefined` when it is over, whatever has begun since. */
  update(
    { camera, sessionId }: RecordingSession,
    change: Partial<RecordingSession>,
  ): RecordingSession | undefined {
    const session = this.#byCamera.get(camera);
    if (session?.sessionId !== sessionId) return undefined;
    const updated = { ...session, ...change };
    this.#byCamera.set(camera, updated);
    return updated;
  }

  /** Takes a stall back: the recording gets on. */
  goesOn(session: RecordingSession): RecordingSession | undefined {
    const current = this.#byCamera.get(session.camera);
    if (current?.sessionId !== session.sessionId) return undefined;
    const { stall: _over, ...rest } = current;
    this.#byCamera.set(session.camera, rest);
    return rest;
  }

  remove(camera: string): void {
    this.#byCamera.delete(camera);
  }
}
