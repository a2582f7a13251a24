/** What waits to be published. Its size is bounded however long the broker is away. */
export interface Message {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** A retained message says how things are: it takes the place of one that waits for the same topic. */
  readonly retain: boolean;
}

export class Outbox {
  readonly #limit: number;
  readonly #retained = new Map<string, Message>();
  readonly #events: Message[] = [];
  #dropped = 0;

  /** @param limit maximum number of messages that are not retained. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns the number of messages that were dropped since the last call of `delivered`, if one was dropped for this one. */
  push(message: Message): number | undefined {
    if (message.retain) {
      this.#retained.set(message.topic, message);
      return undefined;
    }
    this.#events.push(message);
    if (this.#events.length <= this.#limit) return undefined;
    this.#events.shift();
    this.#dropped += 1;
    return this.#dropped;
  }

  /** The next message: states before events, so that clients know how things are when they hear what has happened. */
  get next(): Message | undefined {
    const [state] = this.#retained.values();
    return state ?? this.#events[0];
  }

  /** Removes a message that was published, unless a newer one has taken its place. */
  delivered(message: Message): void {
    this.#dropped = 0;
    if (this.#retained.get(message.topic) === message) this.#retained.delete(message.topic);
    else if (this.#events[0] === message) this.#events.shift();
  }
}
