/** What is known about the server, and the epoch that rises whenever it must have lost its configuration. */
import type { MediaServerState } from '../../../ports/media-server.js';
import { invalid } from './settings.js';
import { judgeVersion } from '../../_shared/plain/mediamtx-version.mjs';
import type { ServerInfo } from './control-api.js';

export class StateTracker {
  #state: MediaServerState = { status: 'starting', epoch: 0 };
  #started: string | undefined;

  constructor(private readonly changed: (state: MediaServerState) => void) {}

  get current(): MediaServerState {
    return this.#state;
  }

  /** The server was started again since it was seen last. */
  isOther(info: ServerInfo): boolean {
    return info.started !== this.#started;
  }

  up(info: ServerInfo): void {
    const epoch = this.#state.epoch + (this.isOther(info) ? 1 : 0);
    this.#started = info.started;
    this.#set({ status: 'ready', version: info.version, epoch });
  }

  starting(reason?: string): void {
    this.#set({ status: 'starting', epoch: this.#state.epoch, ...(reason === undefined ? {} : { reason }) });
  }

  down(reason: string): void {
    this.#set({ status: 'down', reason, epoch: this.#state.epoch });
  }

  #set(next: MediaServerState): void {
    const before = this.#state;
    const isSame =
      next.status === before.status &&
      next.reason === before.reason &&
      next.version === before.version &&
      next.epoch === before.epoch;
    if (isSame) return;
    this.#state = next;
    this.changed(next);
  }
}

/** @throws PortError OPTION_INVALID when the version lacks what this adapter needs. */
export function checkVersion({ version }: ServerInfo): void {
  const verdict = judgeVersion(version);
  if (verdict.use === 'no') throw invalid('mediamtx', `version ${verdict.reason}`);
}
