/** Calls and events inside the process, for tests and embedding. What crosses it is copied as JSON would copy it. */
import type {
  Notification,
  Peer,
  RpcCall,
  RpcEndpoint,
  RpcFailure,
  RpcOutcome,
  RpcSession,
  ServiceEndpoint,
  Transport,
} from '../../../ports/transport.js';

export interface MemoryClient {
  /** Rejects only when the client is closed. */
  call(method: string, params?: unknown): Promise<RpcOutcome>;
  /** @returns a function that ends the listening. */
  onNotification(listener: (notification: Notification) => void): () => void;
  /** Resolves when either side has closed the connection. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface MemoryTransport extends Transport {
  /** @throws Error when the transport is not started or is stopping. */
  connect(peer?: Partial<Peer>): MemoryClient;
}

const NAME = 'memory';

export function createMemoryTransport(): MemoryTransport {
  return new InProcessTransport();
}

class InProcessTransport implements MemoryTransport {
  readonly name = NAME;
  readonly supports = {
    calls: true,
    events: true,
    files: false,
    health: false,
    jsonRpc: false,
    batches: false,
  };
  readonly #clients = new Set<InProcessClient>();
  #rpc: RpcEndpoint | undefined;

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#rpc = service.rpc;
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#rpc = undefined;
    const aborted = new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', resolve, { once: true });
    });
    const answered = Promise.all([...this.#clients].map((client) => client.drain()));
    await Promise.race([answered, aborted]);
    for (const client of this.#clients) client.close();
  }

  addresses(): readonly string[] {
    return this.#rpc === undefined ? [] : ['memory:'];
  }

  connect(peer: Partial<Peer> = {}): MemoryClient {
    if (this.#rpc === undefined) throw new Error('the memory transport is not started');
    const client = new InProcessClient(this.#rpc, { transport: NAME, ...peer });
    this.#clients.add(client);
    void client.closed.then(() => this.#clients.delete(client));
    return client;
  }
}

class InProcessClient implements MemoryClient {
  readonly closed: Promise<void>;
  readonly #rpc: RpcEndpoint;
  readonly #session: RpcSession;
  readonly #gone = new AbortController();
  readonly #calls = new Set<Promise<RpcOutcome>>();
  readonly #listeners = new Set<(notification: Notification) => void>();
  #isDraining = false;
  #waitingBytes = 0;

  constructor(rpc: RpcEndpoint, peer: Peer) {
    this.#rpc = rpc;
    this.closed = new Promise((resolve) => {
      this.#gone.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#session = rpc.open(peer, (notification) => this.#hear(notification));
  }

  async call(method: string, params?: unknown): Promise<RpcOutcome> {
    this.#gone.signal.throwIfAborted();
    if (this.#isDraining) return this.#refuse('INVALID_STATE', 'stopping');
    if (this.#calls.size >= this.#rpc.limits.inFlight) return this.#refuse('RATE_LIMITED');
    const text = JSON.stringify({ method, params });
    const { messageBytes } = this.#rpc.limits;
    if (Buffer.byteLength(text) > messageBytes)
      return this.#refuse('INVALID_REQUEST', `a message can have at most ${String(messageBytes)} bytes`);
    const request = JSON.parse(text) as RpcCall;
    const running = this.#outcome(request);
    this.#calls.add(running);
    try {
      return await Promise.race([running, this.#lost()]);
    } finally {
      this.#calls.delete(running);
    }
  }

  onNotification(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort(new Error('the client has disconnected'));
    this.#session.close();
  }

  /** Refuses further calls; resolves when those under way are answered. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await Promise.allSettled(this.#calls);
  }

  async #outcome(request: RpcCall): Promise<RpcOutcome> {
    try {
      const outcome = await this.#session.call(request, this.#gone.signal);
      if (!outcome.ok) return { ok: false, error: copy(outcome.error) as RpcFailure };
      return copy({ ...outcome, result: outcome.result ?? null }) as RpcOutcome;
    } catch {
      return this.#refuse('INTERNAL');
    }
  }

  #refuse(code: string, hint?: string): RpcOutcome {
    return { ok: false, error: this.#rpc.failure(code, hint) };
  }

  async #lost(): Promise<never> {
    await this.closed;
    throw this.#gone.signal.reason as Error;
  }

  #hear(notification: Notification): void {
    if (this.#gone.signal.aborted) return;
    if (this.#waitingBytes > this.#rpc.limits.outboundBytes) return this.close();
    const text = JSON.stringify(notification);
    const bytes = Buffer.byteLength(text);
    this.#waitingBytes += bytes;
    queueMicrotask(() => (this.#waitingBytes -= bytes));
    const heard = JSON.parse(text) as Notification;
    for (const listener of this.#listeners) queueMicrotask(() => listener(heard));
  }
}

function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
