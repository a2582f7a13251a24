/** What messages come from. Reading goes on only after `resume`. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * Calls that come after a login see what it has changed. They would only wait here, so no more of them is read: what a client can
 * make us keep is what one reading of its socket has brought.
 */
export class LoginPause {
  readonly #source: Pausable;
  readonly #take: (text: string) => void;
  #login: Promise<void> | undefined;
  /** Messages that had been read when the login began. */
  #held: string[] = [];

  /** @param take works off a message; it may begin another pause. */
  constructor(source: Pausable, take: (text: string) => void) {
    this.#source = source;
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
    this.#source.pause();
    const over = (): void => {
      if (this.#login === waiting) this.#end();
    };
    const waiting = Promise.resolve(login).then(over, over);
    this.#login = waiting;
  }

  #end(): void {
    this.#login = undefined;
    for (const text of this.#held.splice(0)) this.pass(text);
    if (!this.isOn) this.#source.resume();
  }
}
