/** Writes a response body at the pace of the reader. */
import type { ServerResponse } from 'node:http';

type Body = AsyncIterable<Uint8Array>;

/**
 * Streams `body` and ends the response. One chunk is fetched ahead while the previous one is on its way, so the source and the
 * socket work at the same time and at most two chunks are held. When the reader leaves, the source is told with `return()`.
 * @param begin sends the head; called after the first chunk is there, so that a source which fails at once can still be answered
 *   with an error.
 */
export async function streamBody(response: ServerResponse, body: Body, begin: () => void): Promise<void> {
  const gone = new Gone(response);
  const iterator = body[Symbol.asyncIterator]();
  let finished = false;
  try {
    let step = await gone.or(iterator.next());
    if (step !== undefined) begin();
    while (step !== undefined && step.done !== true) {
      const flowing = response.write(step.value);
      const ahead = iterator.next();
      ahead.catch(() => undefined);
      if (!flowing) await gone.or(drained(response));
      step = await gone.or(ahead);
    }
    finished = step?.done === true;
    if (finished) response.end();
  } catch (error) {
    finished = true;
    throw error;
  } finally {
    gone.forget();
    if (!finished) leave(iterator);
  }
}

/** Wakes a wait when the connection closes, without a listener or a promise reaction per chunk. */
class Gone {
  readonly #response: ServerResponse;
  readonly #onClose = (): void => {
    this.#wake?.();
  };
  #wake: (() => void) | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', this.#onClose);
  }

  /** @returns undefined when the reader left before `work` was done. */
  or<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.#response.destroyed) {
      work.catch(() => undefined);
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined);
      work.then(resolve, reject);
    });
  }

  forget(): void {
    this.#response.off('close', this.#onClose);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve));
}

/** Not awaited: a source that hangs must not keep the answer open. */
function leave(iterator: AsyncIterator<Uint8Array>): void {
  Promise.resolve(iterator.return?.()).catch(() => undefined);
}
