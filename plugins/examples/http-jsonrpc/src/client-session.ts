/** A session of the service that outlives one request: the client of an event stream, whose calls come by POST. */
import type { Notification, Peer, RpcEndpoint, RpcSession } from 'mediamtx-camera-service/plugin-api';

export interface SessionDeps {
  readonly rpc: RpcEndpoint;
  readonly isStopping: () => boolean;
  readonly notify: (notification: Notification) => void;
}

export class ClientSession {
  readonly #peer: Peer;
  readonly #deps: SessionDeps;
  readonly #session: RpcSession;
  readonly #ended = new AbortController();
  #active = 0;

  /** @throws whatever the service throws when it cannot open a session. */
  constructor(peer: Peer, deps: SessionDeps) {
    this.#peer = peer;
    this.#deps = deps;
    this.#session = deps.rpc.open(peer, deps.notify);
  }

  get isAuthenticated(): boolean {
    return this.#session.isAuthenticated;
  }

  /** Aborts when the client has gone. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** A session is used with the credential that it was opened with. */
  belongsTo(credential: string | undefined): boolean {
    return this.#peer.credential === credential;
  }

  /** The service as one request sees it: calls join this session, and its limits are those of the session. */
  endpoint(): RpcEndpoint {
    const { rpc } = this.#deps;
    const view: RpcSession = {
      id: this.#session.id,
      isAuthenticated: this.#session.isAuthenticated,
      judged: () => this.#session.judged(),
      call: (request, signal) => this.#call(request, signal),
      close: () => undefined,
    };
    return {
      limits: rpc.limits,
      open: () => view,
      failure: (code, hint) => rpc.failure(code, hint),
      describe: () => rpc.describe(),
    };
  }

  close(): void {
    this.#ended.abort(new Error('the client has disconnected'));
    this.#session.close();
  }

  async #call(...[request, signal]: Parameters<RpcSession['call']>): ReturnType<RpcSession['call']> {
    const { rpc, isStopping } = this.#deps;
    if (isStopping()) return { ok: false, error: rpc.failure('INVALID_STATE', 'the service is stopping') };
    if (this.#active >= rpc.limits.inFlight) return { ok: false, error: rpc.failure('RATE_LIMITED') };
    this.#active += 1;
    try {
      return await this.#session.call(request, signal);
    } finally {
      this.#active -= 1;
    }
  }
}
