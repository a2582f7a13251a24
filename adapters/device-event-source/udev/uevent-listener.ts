import type { CancelTimer, Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import type { Reading } from './uevent-socket.js';
import { parseUevent } from './uevent.js';

interface Socket {
  read(): Reading;
  /** Calls `wake` once, as soon as there is something to read. */
  whenReadable(wake: () => void): void;
  close(): void;
}

export interface ListenerDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Opens another socket in place of one that failed. */
  readonly reopen: () => Promise<Socket>;
}

/** So many messages are read before others get their turn. */
const MESSAGES_PER_TURN = 500;
const SUBSYSTEM = 'video4linux';
const TALLY_MS = 1000;
const REOPEN_MS = 1000;

/**
 * Reads the socket when the event loop says that there is something, and calls `look` when a camera may have come or gone. At rest
 * nothing runs; nothing waits inside a native call, so that the process can end at any moment.
 */
export class UeventListener {
  #cancel: CancelTimer = () => undefined;
  #socket: Socket;
  #isStopped = false;
  readonly #overruns: Tally;
  readonly #malformed: Tally;

  constructor(
    socket: Socket,
    private readonly deps: ListenerDeps,
    private readonly look: () => void,
  ) {
    this.#socket = socket;
    this.#overruns = new Tally(deps.clock);
    this.#malformed = new Tally(deps.clock);
  }

  start(): void {
    try {
      this.#socket.whenReadable(this.#turn);
    } catch (error) {
      this.#replace(error);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#socket.close();
  }

  readonly #turn = (): void => {
    if (this.#isStopped) return;
    try {
      if (this.#hasNews()) this.look();
    } catch (error) {
      this.#replace(error);
      return;
    }
    this.start();
  };

  /** Until there is another one the slow look goes on; a source that hears nothing is still right, only later. */
  #replace(error: unknown): void {
    this.deps.log.warn('the uevent socket failed; a new one is opened', { error });
    this.#socket.close();
    this.#reopenLater();
  }

  #reopenLater(): void {
    this.#cancel = this.deps.clock.after(REOPEN_MS, () => void this.#reopen());
  }

  async #reopen(): Promise<void> {
    const socket = await this.deps.reopen().catch((error: unknown) => {
      this.deps.log.debug('no uevent socket can be opened', { error });
      return undefined;
    });
    if (this.#isStopped) socket?.close();
    else if (socket === undefined) this.#reopenLater();
    else {
      this.#socket = socket;
      // What was said meanwhile was said to nobody.
      this.look();
      this.start();
    }
  }

  /** Reads what is there, up to a limit; what is left calls for the next turn at once. */
  #hasNews(): boolean {
    let hasNews = false;
    for (let count = 0; count < MESSAGES_PER_TURN; count++) {
      const reading = this.#socket.read();
      if (reading === 'nothing') break;
      const isNews = reading === 'overrun' ? this.#noteOverrun() : this.#concernsCameras(reading);
      hasNews ||= isNews;
    }
    return hasNews;
  }

  #noteOverrun(): true {
    const times = this.#overruns.add();
    if (times > 0) this.deps.log.warn('the kernel dropped uevents; checking all devices', { times });
    return true;
  }

  #concernsCameras(message: Buffer): boolean {
    const uevent = parseUevent(message);
    if (uevent !== undefined) return uevent.subsystem === SUBSYSTEM;
    const times = this.#malformed.add();
    if (times > 0) this.deps.log.debug('malformed uevents were ignored', { times });
    return false;
  }
}

/** Counts what may come in storms, so that it is logged at most once a second. */
class Tally {
  #count = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** @returns how many there were since the last answer that was not 0. */
  add(): number {
    this.#count += 1;
    const now = this.clock.monotonicMs();
    if (now - this.#saidAt < TALLY_MS) return 0;
    const count = this.#count;
    this.#count = 0;
    this.#saidAt = now;
    return count;
  }
}
