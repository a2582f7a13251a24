/** The events that wait for one endpoint, in order, and kept over a restart. */
import { isPortError, type Logger, type StateStore } from 'mediamtx-camera-service/plugin-api';

export interface Item {
  /** The same for each attempt, so that a receiver recognises an event that it has already. */
  readonly id: string;
  readonly topic: string;
  readonly body: string;
  readonly attempts: number;
}

interface KeptDocument {
  readonly url: string;
  readonly isDisabled: boolean;
  readonly waiting: readonly Item[];
}

export interface KeptQueueDeps {
  readonly name: string;
  readonly url: string;
  readonly limit: number;
  readonly state: StateStore;
  readonly log: Logger;
}

export class KeptQueue {
  readonly #deps: KeptQueueDeps;
  #waiting: Item[] = [];
  #isDisabled = false;
  #isDirty = false;
  #saving: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  constructor(deps: KeptQueueDeps) {
    this.#deps = deps;
  }

  get isDisabled(): boolean {
    return this.#isDisabled;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** An endpoint that was disabled is enabled again when its URL has changed. */
  async load(): Promise<void> {
    const { state, url, log, name } = this.#deps;
    const found = await state.read(this.#key).catch((cause: unknown) => {
      if (!isPortError(cause, 'STATE_CORRUPT')) throw cause;
      log.error('the queue of an endpoint was damaged and begins empty', { endpoint: name, cause });
      return undefined;
    });
    if (typeof found !== 'object' || found === null) return;
    const kept = found as Partial<KeptDocument>;
    this.#waiting = Array.isArray(kept.waiting) ? kept.waiting.filter(isItem) : [];
    this.#isDisabled = kept.isDisabled === true && kept.url === url;
  }

  /** @returns the oldest event if there was no room for it. */
  push(item: Item): Item | undefined {
    this.#waiting.push(item);
    const dropped = this.#waiting.length > this.#deps.limit ? this.#waiting.shift() : undefined;
    this.#changed();
    this.#wake();
    return dropped;
  }

  /** Resolves with the oldest event, when there is one. @throws the signal's reason. */
  async first(signal: AbortSignal): Promise<Item> {
    for (;;) {
      signal.throwIfAborted();
      const [item] = this.#waiting;
      if (item !== undefined) return item;
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      const wake = this.#wake;
      signal.addEventListener('abort', wake, { once: true });
      await woken;
      signal.removeEventListener('abort', wake);
    }
  }

  /** Removes an event, which may be gone already for lack of room. */
  remove(id: string): void {
    this.#waiting = this.#waiting.filter((item) => item.id !== id);
    this.#changed();
  }

  attempted(id: string): void {
    this.#waiting = this.#waiting.map((item) =>
      item.id === id ? { ...item, attempts: item.attempts + 1 } : item,
    );
    this.#changed();
  }

  /** @returns the events that waited. */
  disable(): readonly Item[] {
    this.#isDisabled = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#changed();
    return waiting;
  }

  /** Resolves when everything is kept that is known so far. */
  async saved(): Promise<void> {
    while (this.#saving !== undefined) await this.#saving;
  }

  get #key(): string {
    return `webhooks.${this.#deps.name}`;
  }

  /** While a document is being written, further changes wait for the next one. */
  #changed(): void {
    this.#isDirty = true;
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined));
  }

  async #save(): Promise<void> {
    const { state, url, log, name } = this.#deps;
    while (this.#isDirty) {
      this.#isDirty = false;
      const document: KeptDocument = { url, isDisabled: this.#isDisabled, waiting: this.#waiting };
      await state.write(this.#key, document).catch((cause: unknown) => {
        log.error('the queue of an endpoint could not be kept', { endpoint: name, cause });
      });
    }
  }
}

function isItem(value: unknown): value is Item {
  const { id, topic, body, attempts } = (value ?? {}) as Partial<Record<keyof Item, unknown>>;
  return [id, topic, body].every((text) => typeof text === 'string') && typeof attempts === 'number';
}
