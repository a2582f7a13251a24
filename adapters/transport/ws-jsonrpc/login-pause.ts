import type { WebSocket } from 'ws';

/**
 * Calls that come after a login see what it has changed. They would only wait here, so no more of them is read: what a client can
 * make us keep is what one reading of its socket has brought.
 */
export class LoginPause {
  readonly #socket: WebSocket;
  readonly #take: (text: string) => void;
  #login: Promise<void> | undefined;
  /** Messages that had been read when the login began. */
  #held: string[] = [];

  /** @param take works off a message; it may begin another pause. */
  constructor(socket: WebSocket, take: (text: string) => void) {
    this.#socket = socket;
    this.#take = take;
  }

  get isOn(): boolean {
    return this.#login !== undefined;
  }

  /** Takes a message now, or when the login is over. */
  pass(text: string): void {
    if (this.isOn) this.#held.push(text);
    else this.#take(text);
  }

  until(login: PromiseLike<void>): void {
    this.#socket.pause();
    const over = (): void => {
      if (this.#login === waiting) this.#end();
    };
    const waiting = Promise.resolve(login).then(over, over);
    this.#login = waiting;
  }

  #end(): void {
    this.#login = undefined;
    for (const text of this.#held.splice(0)) this.pass(text);
    if (!this.isOn) this.#socket.resume();
  }
}
