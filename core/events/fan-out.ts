import type { Notification } from '../../ports/transport.js';
import type { Client, DeviceFilter } from './subscriptions.js';

/** One notification and those who may get it. */
export interface Delivery {
  readonly notification: Notification;
  readonly listeners: ReadonlyMap<Client, DeviceFilter>;
  readonly admits: (client: Client, filter: DeviceFilter) => boolean;
}

export interface FanOutOptions {
  /** How many clients are told before others get a turn. */
  readonly sliceSize: number;
  /** How many notifications may wait for their turn. */
  readonly maxWaiting: number;
  /** Lets other work of the process run. */
  readonly yieldTurn: () => Promise<void>;
  readonly onDropped: () => void;
  readonly onFailure: (cause: unknown) => void;
}

/** Tells many clients in slices, in the order of the events. A small audience is told at once. */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #waiting: Delivery[] = [];
  #isRunning = false;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  send(delivery: Delivery): void {
    if (!this.#isRunning && delivery.listeners.size <= this.#options.sliceSize) {
      for (const [client, filter] of delivery.listeners) this.#tell(delivery, client, filter);
      return;
    }
    if (this.#waiting.length >= this.#options.maxWaiting) {
      this.#waiting.shift();
      this.#options.onDropped();
    }
    this.#waiting.push(delivery);
    if (!this.#isRunning) void this.#run();
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let told = 0;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const [client, filter] of next.listeners) {
        this.#tell(next, client, filter);
        told += 1;
        if (told % this.#options.sliceSize === 0) await this.#options.yieldTurn();
      }
    }
    this.#isRunning = false;
  }

  #tell(delivery: Delivery, client: Client, filter: DeviceFilter): void {
    try {
      if (delivery.admits(client, filter)) client.notify(delivery.notification);
    } catch (cause) {
      this.#options.onFailure(cause);
    }
  }
}
