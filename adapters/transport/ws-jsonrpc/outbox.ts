/**
 * Sends the answers of one turn of the event loop together, after all requests that came with it have been worked off. Sent one
 * by one, each would wake its reader, and on one machine waking somebody costs more than the answer itself.
 */
export class Outbox {
  #waiting: Sender[] = [];

  /** To be called once by a sender that has something to send; it is flushed in this turn. */
  add(sender: Sender): void {
    if (this.#waiting.push(sender) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const sender of waiting) sender.flush();
  }
}

export interface Sender {
  /** Sends what waits. Must not throw. */
  flush(): void;
}
