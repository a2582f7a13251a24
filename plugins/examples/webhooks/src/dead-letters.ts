import { appendFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'mediamtx-camera-service/plugin-api';
import type { Item } from './kept-queue.js';

const FILE = 'webhooks-dead-letters.jsonl';
const MAX_BYTES = 5 * 1024 * 1024;

/** The events that could not be delivered, one JSON object per line. A full file is kept once, under the same name with `.1`. */
export class DeadLetters {
  readonly #path: string;
  readonly #log: Logger;
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string, log: Logger) {
    this.#path = join(folder, FILE);
    this.#log = log;
  }

  add(endpoint: string, item: Item, why: string): Promise<void> {
    this.#log.error('an event was not delivered', { endpoint, id: item.id, topic: item.topic, why });
    this.#last = this.#last
      .then(() => this.#append({ endpoint, why, ...item }))
      .catch((cause: unknown) => {
        this.#log.error('a dead letter could not be written', { path: this.#path, cause });
      });
    return this.#last;
  }

  async #append(letter: object): Promise<void> {
    const size = await stat(this.#path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > MAX_BYTES) await rename(this.#path, `${this.#path}.1`);
    await appendFile(this.#path, `${JSON.stringify(letter)}\n`, { mode: 0o600 });
  }
}
