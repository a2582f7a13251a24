/** The end of a stream that sends: what there is when it is asked, and no more until it is asked again. */

export interface Items {
  readonly values: readonly unknown[];
  readonly isDone: boolean;
}

type Result = IteratorResult<unknown>;

/** What comes without a pause goes together: a round trip for each item would be the pace of everything. */
export class OutgoingStream {
  readonly #open: () => AsyncIterable<unknown>;
  readonly #most: number;
  readonly #rest: () => Promise<unknown>;
  #iterator: AsyncIterator<unknown> | undefined;
  #coming: Promise<Result> | undefined;

  constructor(
    open: () => AsyncIterable<unknown>,
    { most, rest }: { readonly most: number; readonly rest: () => Promise<unknown> },
  ) {
    this.#open = open;
    this.#most = most;
    this.#rest = rest;
  }

  /** @throws what the iterable throws. */
  async next(): Promise<Items> {
    const values: unknown[] = [];
    for (;;) {
      const result = await this.#take(values.length > 0);
      if (result === undefined) return { values, isDone: false };
      if (result.done === true) return { values, isDone: true };
      values.push(result.value);
      if (values.length >= this.#most) return { values, isDone: false };
    }
  }

  /** Not waited for: an iterator that hangs in `next` cannot be returned from. */
  close(): void {
    void Promise.resolve()
      .then(() => this.#iterator?.return?.())
      .catch(() => undefined);
  }

  /** @param hasSome then what does not come at once, or fails, is left for the next time. */
  async #take(hasSome: boolean): Promise<Result | undefined> {
    const coming = (this.#coming ??= this.#ask());
    // It may be looked at only when the other end asks again.
    coming.catch(() => undefined);
    if (hasSome) {
      const isThere = coming.then(
        () => true,
        () => false,
      );
      if (!(await Promise.race([isThere, this.#rest().then(() => false)]))) return undefined;
    }
    this.#coming = undefined;
    return await coming;
  }

  async #ask(): Promise<Result> {
    this.#iterator ??= iteratorOf(this.#open());
    const result: unknown = await this.#iterator.next();
    if (typeof result === 'object' && result !== null) return result as Result;
    throw new Error('returned an invalid value: next() must give { value } or { done: true }');
  }
}

function iteratorOf(iterable: unknown): AsyncIterator<unknown> {
  const iterator = (iterable as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator]?.();
  if (typeof (iterator as Partial<AsyncIterator<unknown>> | undefined)?.next === 'function')
    return iterator as AsyncIterator<unknown>;
  forgive(iterable);
  throw new Error('returned an invalid value: it must return an async iterable');
}

/** A promise where none belongs may reject, and is nobody's. */
export function forgive(value: unknown): void {
  if (value instanceof Promise) value.catch(() => undefined);
}
