/** Calls, streams and messages between the service and an isolated plugin. Both ends are alike. */
import { setImmediate } from 'node:timers/promises';
import { decodeError, encodeError, withOwnBytes, type EncodedError } from './codec.js';
import { OutgoingStream, type Items } from './link-streams.js';

/** What carries messages: in order, each once. */
export interface Channel {
  /** Whether bytes can change hands without a copy. */
  readonly handsOver: boolean;
  /** @param bytes are handed over where the channel can do so. @throws Error for what cannot be cloned. */
  post(message: unknown, bytes: ArrayBuffer[]): void;
  listen(listener: (message: unknown) => void): void;
}

type Args = readonly unknown[];

/** What one end does for the other, by name. */
export interface Answers {
  readonly calls: Readonly<Record<string, (args: Args, signal: AbortSignal) => unknown>>;
  readonly streams: Readonly<Record<string, (args: Args, signal: AbortSignal) => AsyncIterable<unknown>>>;
  readonly tells: Readonly<Record<string, (args: Args) => void>>;
  /** Gets what a message has caused to be thrown. Without it, it is thrown. */
  readonly fault?: (to: string, cause: unknown) => void;
}

interface Asked {
  readonly kind: 'call' | 'open';
  readonly id: number;
  readonly to: string;
  readonly args: Args;
  /** The signal had aborted before. */
  readonly aborted?: EncodedError;
  /** Of a stream: how many items are sent in one go. */
  readonly most?: number;
}

type Message =
  | Asked
  | { readonly kind: 'tell'; readonly to: string; readonly args: Args }
  | { readonly kind: 'abort'; readonly id: number; readonly reason: EncodedError }
  | { readonly kind: 'pull' | 'close'; readonly id: number }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'items'; readonly id: number; readonly items: Items }
  | { readonly kind: 'error'; readonly id: number; readonly error: EncodedError };

interface Waiting {
  resolve(value: unknown): void;
  reject(cause: unknown): void;
}

/** What the other end has asked for and is not done. */
interface Serving {
  readonly abort: AbortController;
  readonly stream?: OutgoingStream;
}

const MOST_EVENTS = 2_000;

export class Link {
  readonly #channel: Channel;
  readonly #answers: Answers;
  readonly #waiting = new Map<number, Waiting>();
  readonly #serving = new Map<number, Serving>();
  #lastId = 0;
  #ended: { readonly cause: Error } | undefined;

  constructor(channel: Channel, answers: Answers) {
    this.#channel = channel;
    this.#answers = answers;
    channel.listen((message) => {
      if (this.#ended === undefined) this.#receive(message as Message);
    });
  }

  /** @throws what the other end throws; the reason of the signal when that has aborted; why the link has ended. */
  async call(to: string, args: Args, signal?: AbortSignal): Promise<unknown> {
    const id = (this.#lastId += 1);
    const forget = this.#passAbortOn(id, signal);
    try {
      return await this.#ask({ kind: 'call', id, to, args, ...abortedFact(signal) });
    } catch (cause) {
      throw signal?.aborted === true ? signal.reason : cause;
    } finally {
      forget();
    }
  }

  /** Items as they are asked for. @param asked.most how many are sent in one go. @throws as `call`, but for an aborted signal. */
  async *stream(
    to: string,
    { args, most = MOST_EVENTS }: { readonly args: Args; readonly most?: number },
    signal: AbortSignal,
  ): AsyncGenerator {
    const id = (this.#lastId += 1);
    const forget = this.#passAbortOn(id, signal);
    try {
      this.#post({ kind: 'open', id, to, args, most, ...abortedFact(signal) });
      for (let isDone = false; !isDone;) {
        const items = (await this.#ask({ kind: 'pull', id })) as Items;
        yield* items.values;
        ({ isDone } = items);
      }
    } finally {
      forget();
      if (this.#ended === undefined) this.#post({ kind: 'close', id });
    }
  }

  /** Not answered; of no effect once the link has ended. */
  tell(to: string, ...args: Args): void {
    if (this.#ended === undefined) this.#post({ kind: 'tell', to, args });
  }

  /** Nothing comes any more: whoever waits is told why. */
  end(cause: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = { cause };
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
    for (const { abort } of this.#serving.values()) abort.abort(cause);
    this.#serving.clear();
  }

  #ask(message: Extract<Message, { kind: 'call' | 'open' | 'pull' | 'close' }>): Promise<unknown> {
    const { id } = message;
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return void reject(this.#ended.cause);
      this.#waiting.set(id, { resolve, reject });
      try {
        this.#post(message);
      } catch (cause) {
        this.#waiting.delete(id);
        reject(cause);
      }
    });
  }

  #post(message: Message, bytes: ArrayBuffer[] = []): void {
    this.#channel.post(message, bytes);
  }

  #passAbortOn(id: number, signal: AbortSignal | undefined): () => void {
    if (signal === undefined || signal.aborted) return () => undefined;
    const onAbort = (): void => {
      if (this.#ended === undefined) this.#post({ kind: 'abort', id, reason: encodeError(signal.reason) });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return () => {
      signal.removeEventListener('abort', onAbort);
    };
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case 'call':
        void this.#serve(message);
        return;
      case 'open':
        this.#open(message);
        return;
      case 'tell':
        this.#hear(message.to, message.args);
        return;
      case 'abort':
        this.#serving.get(message.id)?.abort.abort(decodeError(message.reason));
        return;
      case 'pull':
        void this.#pull(message.id);
        return;
      case 'close':
        this.#close(message.id);
        return;
      default:
        this.#settle(message);
    }
  }

  #hear(to: string, args: Args): void {
    const { tells, fault } = this.#answers;
    try {
      tells[to]?.(args);
    } catch (cause) {
      if (fault === undefined) throw cause;
      fault(to, cause);
    }
  }

  #settle(message: Extract<Message, { kind: 'value' | 'items' | 'error' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'error') waiting?.reject(decodeError(message.error));
    else waiting?.resolve(message.kind === 'value' ? message.value : message.items);
  }

  async #serve({ id, to, args, aborted }: Asked): Promise<void> {
    const abort = controllerOf(aborted);
    this.#serving.set(id, { abort });
    try {
      const answer = this.#answers.calls[to];
      if (answer === undefined) throw new TypeError(`there is nothing called ${to}`);
      const value = await answer(args, abort.signal);
      this.#answer(id, value, (own) => ({ kind: 'value', id, value: own }));
    } catch (cause) {
      this.#refuse(id, cause);
    } finally {
      this.#serving.delete(id);
    }
  }

  #open({ id, to, args, aborted, most = MOST_EVENTS }: Asked): void {
    const abort = controllerOf(aborted);
    const open = (): AsyncIterable<unknown> => {
      const answer = this.#answers.streams[to];
      if (answer === undefined) throw new TypeError(`there is no stream called ${to}`);
      return answer(args, abort.signal);
    };
    this.#serving.set(id, { abort, stream: new OutgoingStream(open, { most, rest: () => setImmediate() }) });
  }

  async #pull(id: number): Promise<void> {
    try {
      const items = await this.#serving.get(id)?.stream?.next();
      if (items === undefined) return;
      this.#answer(id, items.values, (own) => ({
        kind: 'items',
        id,
        items: { ...items, values: own as Args },
      }));
    } catch (cause) {
      this.#refuse(id, cause);
    }
  }

  #close(id: number): void {
    const { stream, abort } = this.#serving.get(id) ?? {};
    this.#serving.delete(id);
    stream?.close();
    abort?.abort(new Error('the stream is closed'));
  }

  #answer(id: number, value: unknown, make: (own: unknown) => Message): void {
    if (this.#ended !== undefined) return;
    try {
      const { value: own, bytes } = this.#channel.handsOver ? withOwnBytes(value) : { value, bytes: [] };
      this.#post(make(own), bytes);
    } catch (cause) {
      this.#refuse(id, new Error(`returned a value that cannot be passed on: ${encodeError(cause).message}`));
    }
  }

  #refuse(id: number, cause: unknown): void {
    if (this.#ended === undefined) this.#post({ kind: 'error', id, error: encodeError(cause) });
  }
}

function abortedFact(signal: AbortSignal | undefined): { readonly aborted?: EncodedError } {
  return signal?.aborted === true ? { aborted: encodeError(signal.reason) } : {};
}

function controllerOf(aborted: EncodedError | undefined): AbortController {
  const abort = new AbortController();
  if (aborted !== undefined) abort.abort(decodeError(aborted));
  return abort;
}
