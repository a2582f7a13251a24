export interface StreamTap<T> {
  /** Looks at each chunk before it is passed on; what it throws ends the stream. */
  onChunk(chunk: T): void;
  /** Called once, when nothing more comes or is wanted. @param cause what the stream failed with. */
  onEnd(cause?: unknown): void;
  /** Bounds the wait for each chunk. Default: it is waited for as long as it takes. */
  wait?<S>(step: Promise<S>): Promise<S>;
}

export interface TappedStream<T> extends AsyncIterableIterator<T> {
  /** Ends it, so that its reader gets the cause and does not take it for complete. */
  cut(cause: unknown): void;
}

/**
 * Passes a stream on under the eyes of a tap. Unlike a generator, which runs nothing before its first `next`, it hears of a `return` at
 * any time. The source is told when nobody wants more of it, and not waited for.
 */
export function tapStream<T>(source: AsyncIterable<T>, tap: StreamTap<T>): TappedStream<T> {
  return new Tapped(source[Symbol.asyncIterator](), tap);
}

class Tapped<T> implements TappedStream<T> {
  readonly #source: AsyncIterator<T>;
  readonly #tap: StreamTap<T>;
  #isOver = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(source: AsyncIterator<T>, tap: StreamTap<T>) {
    this.#source = source;
    this.#tap = tap;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#failure !== undefined) throw this.#failure.cause;
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const step = promised(() => this.#source.next());
      const { done, value } = await (this.#tap.wait?.(step) ?? step);
      if (done === true) {
        this.#end();
        return { done: true, value: undefined };
      }
      this.#tap.onChunk(value);
      return { done: false, value };
    } catch (cause) {
      this.cut(cause);
      throw cause;
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#leave();
    this.#end();
    return { done: true, value: undefined };
  }

  cut(cause: unknown): void {
    if (this.#isOver) return;
    this.#failure = { cause };
    this.#leave();
    this.#end(cause);
  }

  #leave(): void {
    if (!this.#isOver) promised(() => this.#source.return?.()).catch(() => undefined);
  }

  #end(cause?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tap.onEnd(cause);
  }
}

async function promised<T>(work: () => T | Promise<T>): Promise<T> {
  return await work();
}
