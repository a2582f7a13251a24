/** Server-sent events (WHATWG HTML, §9.2) for one client, in a queue with a bound. */
import type { Clock, Notification } from 'mediamtx-camera-service/plugin-api';

export interface EventStreamOptions {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** More than this many unsent bytes end the stream. */
  readonly limitBytes: number;
}

/** How long a client shall wait before it connects again, in milliseconds. */
const RETRY_MS = 2000;
const HEARTBEAT = Buffer.from(': \n\n');
/** Encoded once for all clients; forgotten with the event. */
const encoded = new WeakMap<Notification, string>();

export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #queue: Buffer[] = [];
  #bytes = 0;
  #lastId = 0;
  #hasEnded = false;
  #wake: () => void = () => undefined;
  /** Told once, when the stream ends for whatever reason. */
  onEnd: () => void = () => undefined;
  /** Whether it ended because the client read too slowly. */
  isTooSlow = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#push(`retry: ${String(RETRY_MS)}\n\n`);
  }

  /** An event of this transport, which is none of the service's topics. */
  tell(event: string, data: unknown): void {
    this.#push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  notify(notification: Notification): void {
    const { method, params } = notification;
    const data = encoded.get(notification) ?? JSON.stringify({ jsonrpc: '2.0', method, params });
    encoded.set(notification, data);
    this.#lastId += 1;
    this.#push(`id: ${String(this.#lastId)}\nevent: ${method}\ndata: ${data}\n\n`);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#wake();
    this.onEnd();
  }

  async *body(): AsyncGenerator<Uint8Array> {
    while (!this.#hasEnded || this.#queue.length > 0) {
      if (this.#queue.length === 0 && !(await this.#somethingSoon())) yield HEARTBEAT;
      const bytes = Buffer.concat(this.#queue.splice(0));
      this.#bytes = 0;
      if (bytes.length > 0) yield bytes;
    }
  }

  #push(text: string): void {
    if (this.#hasEnded) return;
    const bytes = Buffer.from(text);
    this.#queue.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.limitBytes) {
      this.isTooSlow = true;
      this.#queue.splice(0);
      this.end();
    }
    this.#wake();
  }

  /** @returns false when the time for a heartbeat comes first. */
  #somethingSoon(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(this.#options.heartbeatMs, () => resolve(false));
      this.#wake = () => {
        cancel();
        resolve(true);
      };
    });
  }
}
