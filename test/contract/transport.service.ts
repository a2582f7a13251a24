/** A service that does what it is told and remembers what it saw: the inside end of a transport under test. */
import type {
  FileDownload,
  FileRequest,
  HealthReport,
  Notification,
  Peer,
  RpcCall,
  RpcFailure,
  RpcLimits,
  RpcOutcome,
  RpcSession,
  ServiceEndpoint,
} from '../../ports/index.js';

const CODES: Readonly<Record<string, number>> = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL: -32603,
  AUTH_REQUIRED: -32001,
  PERMISSION_DENIED: -32002,
  RECORDING_IN_PROGRESS: -32004,
  FILE_NOT_FOUND: -32005,
  INVALID_STATE: -32020,
  RATE_LIMITED: -32040,
};

/** What a transport that is a client itself asks, as answered by a service without cameras. */
const EMPTY_SERVICE = new Map<string, unknown>(
  Object.entries({
    subscribe_events: { subscribed: true, topics: [], filters: {} },
    get_subscription_stats: { global_stats: {}, client_topics: [], client_id: '1' },
    get_camera_list: { cameras: [], total: 0, connected: 0 },
    list_recordings: { files: [], total: 0, limit: 50, offset: 0 },
  }),
);

export const TEST_LIMITS: RpcLimits = {
  messageBytes: 65_536,
  batchItems: 10,
  inFlight: 4,
  outboundBytes: 262_144,
};

export interface OpenSession {
  readonly peer: Peer;
  readonly notify: (notification: Notification) => void;
  isClosed: boolean;
}

export class ScriptedService implements ServiceEndpoint {
  readonly sessions: OpenSession[] = [];
  readonly calls: RpcCall[] = [];
  readonly files: ServiceEndpoint['files'];
  readonly rpc: ServiceEndpoint['rpc'];
  readonly health: ServiceEndpoint['health'];
  readonly fileRequests: FileRequest[] = [];
  readonly stored = new Map<string, Uint8Array>([
    ['clip.mp4', bytesUpTo(1000)],
    ['empty.mp4', new Uint8Array()],
  ]);
  report: HealthReport = { status: 'HEALTHY', ready: true, components: {} };
  /** Credentials that open files; anything else is refused. */
  credential = 'let-me-in';
  /** Calls of `hold` whose client left. */
  abortedCalls = 0;
  #held: (() => void)[] = [];

  constructor(limits: Partial<RpcLimits> = {}) {
    this.rpc = {
      limits: { ...TEST_LIMITS, ...limits },
      open: (peer, notify) => this.#openSession(peer, notify),
      failure,
      describe: () => ({ openrpc: '1.3.2', methods: [] }),
    };
    this.files = {
      open: (request) => this.#openFile(request),
      remove: (request) => this.#removeFile(request),
    };
    this.health = {
      report: () => this.report,
      metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    };
  }

  /** Answers every call of `hold`. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  get heldCalls(): number {
    return this.#held.length;
  }

  #openSession(peer: Peer, notify: (notification: Notification) => void): RpcSession {
    const session: OpenSession = { peer, notify, isClosed: false };
    this.sessions.push(session);
    const logins = new Logins(peer.credential !== undefined);
    return {
      id: String(this.sessions.length),
      isAuthenticated: peer.credential !== undefined,
      judged: () => Promise.resolve(),
      call: (request, signal) => logins.answer(request) ?? this.#call(request, signal),
      close: () => (session.isClosed = true),
    };
  }

  async #call(request: RpcCall, signal: AbortSignal): Promise<RpcOutcome> {
    if (EMPTY_SERVICE.has(request.method)) return { ok: true, result: EMPTY_SERVICE.get(request.method) };
    this.calls.push(request);
    switch (request.method) {
      case 'echo':
      case 'hesitate':
        return { ok: true, result: request.params };
      case 'with-metadata':
        return { ok: true, result: 1, metadata: { request_id: 'r1' } };
      case 'nothing':
        return { ok: true, result: undefined };
      case 'refuse':
        return { ok: false, error: failure('RECORDING_IN_PROGRESS', 'camera0 records') };
      case 'throw':
        throw new Error('secret detail /etc/shadow');
      case 'hold':
        return this.#hold(signal);
      default:
        return { ok: false, error: failure('METHOD_NOT_FOUND') };
    }
  }

  #hold(signal: AbortSignal): Promise<RpcOutcome> {
    return new Promise((resolve) => {
      this.#held.push(() => resolve({ ok: true, result: 'released' }));
      signal.addEventListener('abort', () => {
        this.abortedCalls += 1;
        resolve({ ok: true, result: 'gone' });
      });
    });
  }

  #fileError(request: FileRequest): RpcFailure | undefined {
    this.fileRequests.push(request);
    if (request.credential === undefined && request.ticket === undefined) return failure('AUTH_REQUIRED');
    if (request.credential !== this.credential && request.ticket !== 'valid')
      return failure('PERMISSION_DENIED');
    if (request.filename === 'busy.mp4') return failure('RECORDING_IN_PROGRESS');
    if (request.filename === 'limited.mp4')
      return failure('RATE_LIMITED', undefined, { retry_after_ms: 1500 });
    return this.stored.has(request.filename) ? undefined : failure('FILE_NOT_FOUND');
  }

  #openFile(request: FileRequest): ReturnType<ServiceEndpoint['files']['open']> {
    if (request.filename === 'broken.mp4') return Promise.reject(new Error('secret detail /etc/shadow'));
    const error = this.#fileError(request);
    if (error !== undefined) return Promise.resolve({ ok: false, error });
    const bytes = this.stored.get(request.filename) ?? new Uint8Array();
    const file: FileDownload = {
      filename: request.filename,
      contentType: 'video/mp4',
      sizeBytes: bytes.length,
      modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      etag: '"v1"',
      read: (range) => inChunks(range === undefined ? bytes : bytes.subarray(range.first, range.last + 1)),
    };
    return Promise.resolve({ ok: true, file });
  }

  #removeFile(request: FileRequest): Promise<RpcOutcome> {
    const error = this.#fileError(request);
    if (error !== undefined) return Promise.resolve({ ok: false, error });
    this.stored.delete(request.filename);
    return Promise.resolve({ ok: true, result: { filename: request.filename, deleted: true } });
  }
}

/** Who is there: like the service, it answers calls after the logins that were handed over before them. */
class Logins {
  #isKnown: boolean;
  #last: Promise<unknown> = Promise.resolve();

  constructor(isKnown: boolean) {
    this.#isKnown = isKnown;
  }

  answer({ method }: RpcCall): Promise<RpcOutcome> | undefined {
    if (method === 'who')
      return this.#last.then(() => ({ ok: true, result: this.#isKnown ? 'somebody' : 'nobody' }));
    if (method !== 'authenticate') return undefined;
    const login = this.#last
      .then(() => new Promise((resolve) => setTimeout(resolve, 10)))
      .then((): RpcOutcome => {
        this.#isKnown = true;
        return { ok: true, result: true };
      });
    this.#last = login;
    return login;
  }
}

function failure(code: string, hint?: string, more: Readonly<Record<string, unknown>> = {}): RpcFailure {
  const data = { code, request_id: 'req-1', ...(hint === undefined ? {} : { hint }), ...more };
  return { rpcCode: CODES[code] ?? -32603, message: `failed: ${code}`, data };
}

function bytesUpTo(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_unused, index) => index % 251);
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 300) yield bytes.subarray(at, at + 300);
}
