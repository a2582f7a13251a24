/** What is known about the server, and the epoch that rises whenever it must have lost its configuration. */
import type { MediaServerState } from '../../../ports/media-server.js';
import { invalid } from './options.js';
import { CHECKED_VERSION } from './find-binary.js';
import type { ServerInfo } from './control-api.js';

const OLDEST = [1, 15, 6] as const;

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
  if (isTooOld(version)) {
    throw invalid(
      'mediamtx',
      `version ${version} is older than v${OLDEST.join('.')}; ${CHECKED_VERSION} is the one to use`,
    );
  }
}

export function isTooOld(version: string): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  if (parts.length === 0) return false;
  for (const [index, least] of OLDEST.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
