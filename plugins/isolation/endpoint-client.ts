/** The service as an isolated transport calls it: the end in the isolated plugin. */
import { randomUUID } from 'node:crypto';
import { transportFailure } from '../../core/errors/transport-failure.js';
import type {
  ByteRange,
  FileEndpoint,
  HealthReport,
  Notification,
  RpcEndpoint,
  RpcOutcome,
  RpcSession,
  ServiceEndpoint,
} from '../../ports/index.js';
import { encodeError } from './codec.js';
import { PIECES_AHEAD, type EndpointFacts, type FileFacts } from './endpoint-server.js';
import type { Link } from './link.js';

type Opened = Awaited<ReturnType<FileEndpoint['open']>>;
type Notify = (notification: Notification) => void;

/** The part of the service that one transport sees. */
export class EndpointClient {
  readonly endpoint: ServiceEndpoint;
  readonly #link: Link;
  readonly #adapter: number;
  /** Files that nobody holds any more are let go of by the service, too. */
  readonly #held: FinalizationRegistry<string>;
  readonly #heard: Map<string, Notify>;
  #report: HealthReport;

  /** @param heard is kept up with the sessions that are open, and with what is to be told to each. */
  constructor(
    link: Link,
    adapter: number,
    { facts, heard }: { readonly facts: EndpointFacts; readonly heard: Map<string, Notify> },
  ) {
    this.#link = link;
    this.#adapter = adapter;
    this.#heard = heard;
    this.#report = facts.report;
    this.#held = new FinalizationRegistry((id) => link.tell('files.forget', id));
    this.endpoint = {
      rpc: this.#rpc(facts),
      files: this.#files(),
      health: { report: () => this.#report, metrics: () => this.#ask('health.metrics') },
    };
  }

  /** The service says how it is. */
  hear(report: HealthReport): void {
    this.#report = report;
  }

  async #ask<T>(to: string, ...args: readonly unknown[]): Promise<T> {
    return (await this.#link.call(to, [this.#adapter, ...args])) as T;
  }

  #rpc({ limits, document }: EndpointFacts): RpcEndpoint {
    return {
      limits,
      describe: () => document,
      failure: (code, hint) => transportFailure(code, hint),
      open: (peer, notify) => {
        const id = randomUUID();
        this.#heard.set(id, (notification) => this.#notify(notify, notification));
        this.#link.tell('session.open', this.#adapter, id, peer);
        return this.#session(id);
      },
    };
  }

  /** What a transport does when it is told of an event is its own fault. */
  #notify(notify: Notify, notification: Notification): void {
    try {
      notify(notification);
    } catch (cause) {
      this.#link.tell('fault', this.#adapter, 'notify', encodeError(cause));
    }
  }

  #session(id: string): RpcSession {
    let isAuthenticated = false;
    const know = (is: boolean): void => void (isAuthenticated = is);
    return {
      id,
      get isAuthenticated() {
        return isAuthenticated;
      },
      judged: () =>
        this.#link.call('session.judged', [id]).then(
          (is) => know(is === true),
          () => undefined,
        ),
      call: async (request, signal) => {
        const answer = await this.#link.call('session.call', [id, request], signal);
        const { outcome, isAuthenticated: is } = answer as { outcome: RpcOutcome; isAuthenticated: boolean };
        know(is);
        return outcome;
      },
      close: () => {
        this.#heard.delete(id);
        this.#link.tell('session.close', id);
      },
    };
  }

  #files(): FileEndpoint {
    return {
      open: async (request) => {
        const opened = await this.#ask<Opened>('files.open', request);
        if (!opened.ok) return opened;
        const { id, ...facts } = opened.file as unknown as FileFacts;
        const file = {
          ...facts,
          read: (range?: ByteRange) => holding(file, this.#pieces(id, range)),
        };
        this.#held.register(file, id);
        return { ok: true, file };
      },
      remove: (request) => this.#ask('files.remove', request),
    };
  }

  #pieces(id: string, range: ByteRange | undefined): AsyncIterable<Uint8Array> {
    const signal = new AbortController().signal;
    const pieces = this.#link.stream('files.read', { args: [id, range], most: PIECES_AHEAD }, signal);
    return pieces as AsyncGenerator<Uint8Array>;
  }
}

/** A file is held for as long as it is read. */
async function* holding<T>(_file: object, pieces: AsyncIterable<T>): AsyncGenerator<T> {
  yield* pieces;
}
