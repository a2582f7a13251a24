/** One client of a transport that speaks JSON-RPC 2.0 over anything that carries bytes. */
import { Conversation, type ConversationWire } from '../../adapters/_shared/json-rpc/conversation.js';
import { createRpcServer } from '../../adapters/_shared/json-rpc/rpc-server.js';
import type { CancelTimer, Clock, Logger, Peer, RpcEndpoint } from '../../ports/index.js';
import { LineSplitter } from './line-splitter.js';

/** The connection to the client. None of these may throw, and all may be called when the connection has ended. */
export interface JsonRpcWire {
  write(bytes: Uint8Array): void;
  /** Bytes that were written and have not left. */
  buffered(): number;
  /** Reads no more until `resume`: what the client sends meanwhile stays with the client. */
  pause(): void;
  resume(): void;
  /** Ends it after what was written. */
  end(): void;
  /** Ends it now. */
  destroy(): void;
}

export interface JsonRpcPeerOptions {
  /** `service.rpc` of `Transport.start`. */
  readonly rpc: RpcEndpoint;
  /** Who the client is. */
  readonly peer: Peer;
  readonly wire: JsonRpcWire;
  readonly log: Logger;
  readonly clock: Clock;
  /**
   * `lines`: a message is a line, however the bytes arrive; `messages`: each `receive` and each `write` is one message, as with a
   * message broker. Default `lines`.
   */
  readonly framing?: 'lines' | 'messages';
}

export interface JsonRpcPeer {
  /** Takes what the client has sent. Never throws. */
  receive(bytes: Uint8Array): void;
  /**
   * Resolves when nothing that was received waits for its answer, or the connection has ended. For connections that end with an answer:
   * what has been written by then is all that there is, and of notifications there is nothing.
   */
  settled(): Promise<void>;
  /** To be called when the connection has ended, by whichever side. */
  gone(): void;
  /**
   * For `Transport.stop`: refuses further calls with `INVALID_STATE`, lets those under way answer until `signal` aborts, ends the
   * connection, and resolves when it has ended. May be repeated.
   */
  drain(signal: AbortSignal): Promise<void>;
}

/** How long a client gets to end its side. */
const GOODBYE_MS = 1000;
const NEWLINE = Buffer.from('\n');

/**
 * Holds the conversation with one client: finds the messages, checks them, runs their calls in a session of the service, and answers with
 * the ids as the client wrote them. Batches, notifications, the order of calls after a login and all limits of the service are kept.
 */
export function jsonRpcPeer(options: JsonRpcPeerOptions): JsonRpcPeer {
  return new StreamPeer(options);
}

class StreamPeer implements JsonRpcPeer, ConversationWire {
  readonly #options: JsonRpcPeerOptions;
  readonly #conversation: Conversation;
  readonly #lines: LineSplitter | undefined;
  readonly #ended: Promise<void>;
  #isGone = false;
  #isStopping = false;
  #tellEnded: () => void = () => undefined;
  /** Who waits for the end of the calls under way. */
  readonly #waiting = new Set<() => void>();

  constructor(options: JsonRpcPeerOptions) {
    const { rpc, peer, log, wire, framing = 'lines' } = options;
    this.#options = options;
    this.#ended = new Promise((resolve) => (this.#tellEnded = resolve));
    this.#lines = framing === 'lines' ? new LineSplitter(rpc.limits.messageBytes) : undefined;
    const server = createRpcServer(rpc, (error) => log.error('a session threw', { error }));
    this.#conversation = new Conversation(this, { rpc, server, log, isStopping: () => this.#isStopping });
    try {
      this.#conversation.open(peer);
    } catch (error) {
      log.error('a session could not be opened', { error });
      this.#isGone = true;
      wire.destroy();
    }
  }

  receive(bytes: Uint8Array): void {
    if (this.#isGone) return;
    const messages = this.#lines?.push(bytes) ?? [bytes];
    for (const message of messages) {
      if (message.length > this.#limit) this.#tooLong();
      else if (!this.#isGone) this.#conversation.receiveBytes(message);
    }
    if (this.#lines?.isTooLong === true) this.#tooLong();
  }

  gone(): void {
    this.#isGone = true;
    this.#tellEnded();
    this.#conversation.end();
  }

  async settled(): Promise<void> {
    if (this.#conversation.isBusy) await this.#quietOr();
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#isStopping = true;
    const { wire } = this.#options;
    if (this.#conversation.isBusy && !signal.aborted) await this.#quietOr(signal);
    if (signal.aborted) wire.destroy();
    else wire.end();
    const cancel = this.#sayGoodbye();
    await this.#ended;
    cancel();
  }

  /** A client that does not end its side gets no more time than this. */
  #sayGoodbye(): CancelTimer {
    return this.#options.clock.after(GOODBYE_MS, () => {
      this.#options.wire.destroy();
      this.#tellEnded();
    });
  }

  send(message: Uint8Array): void {
    if (this.#isGone) return;
    const { rpc, wire, log, peer } = this.#options;
    if (wire.buffered() > rpc.limits.outboundBytes) {
      log.warn('client reads too slowly', { address: peer.address });
      this.#isGone = true;
      wire.destroy();
      return;
    }
    wire.write(this.#lines === undefined ? message : Buffer.concat([message, NEWLINE]));
  }

  pause(): void {
    this.#options.wire.pause();
  }

  resume(): void {
    this.#options.wire.resume();
  }

  /** Nothing is made of it here: who may be connected without a login is the transport's to decide. */
  judged(): void {}

  known(): void {}

  quiet(): void {
    for (const tell of this.#waiting) tell();
  }

  get #limit(): number {
    return this.#options.rpc.limits.messageBytes;
  }

  /** What comes behind it could be anything, so the conversation is over. */
  #tooLong(): void {
    if (this.#isGone) return;
    this.#conversation.refuse('INVALID_REQUEST', `a message has at most ${String(this.#limit)} bytes`);
    this.#isGone = true;
    this.#options.wire.end();
    void this.#ended.then(this.#sayGoodbye());
  }

  #quietOr(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
      void this.#ended.then(done);
    });
  }
}
