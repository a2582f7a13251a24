import type { Logger, StateStore } from '../../ports/index.js';
import { isStoredSession, type RecordingSession } from './session.js';

const KEY = 'recordings.active';

/** Keeps what is being recorded, so that a restart goes on with it. */
export class ActiveRecordings {
  readonly #state: StateStore;
  readonly #log: Logger;

  constructor(state: StateStore, log: Logger) {
    this.#state = state;
    this.#log = log;
  }

  async load(): Promise<readonly RecordingSession[]> {
    try {
      const document = (await this.#state.read(KEY)) as { sessions?: unknown } | undefined;
      return Array.isArray(document?.sessions) ? document.sessions.filter(isStoredSession) : [];
    } catch (cause) {
      this.#log.error('running recordings could not be read; none is resumed', { cause });
      return [];
    }
  }

  async save(sessions: Iterable<RecordingSession>): Promise<void> {
    const running = [...sessions].filter((session) => session.state === 'RECORDING');
    try {
      await this.#state.write(KEY, { sessions: running });
    } catch (cause) {
      this.#log.error('running recordings could not be kept; a restart would not resume them', { cause });
    }
  }
}
