/** One answer under way: it is finished by its reader, or cut by the listener or by a client that leaves. */
export class Answer {
  readonly gone: AbortSignal;
  readonly done: Promise<void>;
  readonly #gone = new AbortController();
  #finish: () => void = () => undefined;

  constructor(client: AbortSignal | undefined) {
    this.gone = this.#gone.signal;
    this.done = new Promise((resolve) => (this.#finish = resolve));
    client?.addEventListener('abort', () => this.cut(), { once: true });
  }

  finish(): void {
    this.#finish();
  }

  cut(): void {
    this.#gone.abort(new Error('the client has disconnected'));
    this.#finish();
  }

  async orCut<T>(work: Promise<T>): Promise<T> {
    let onCut: () => void = () => undefined;
    const cut = new Promise<never>((_resolve, reject) => {
      onCut = () => reject(this.gone.reason as Error);
      this.gone.addEventListener('abort', onCut, { once: true });
    });
    if (this.gone.aborted) onCut();
    try {
      return await Promise.race([cut, work]);
    } finally {
      this.gone.removeEventListener('abort', onCut);
      cut.catch(() => undefined);
    }
  }

  async *carry(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    const leave = (): void => void Promise.resolve(iterator.return?.()).catch(() => undefined);
    this.gone.addEventListener('abort', leave, { once: true });
    try {
      for (;;) {
        const step = await this.orCut(iterator.next());
        if (step.done === true) break;
        yield step.value;
      }
    } finally {
      this.gone.removeEventListener('abort', leave);
      leave();
      this.finish();
    }
  }
}
