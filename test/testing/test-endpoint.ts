/** The service as a transport that is a client itself sees it: answers calls as it is told, and tells of events. */
import type {
  FileDownload,
  Notification,
  RpcCall,
  RpcFailure,
  RpcOutcome,
  ServiceEndpoint,
} from '../../ports/index.js';

/** Answers one method. @throws TestFailure to refuse. */
export type TestAnswerer = (params: Readonly<Record<string, unknown>>) => unknown;

export interface TestEndpointOptions {
  /** The only credential that is accepted. */
  readonly credential: string;
  readonly answers?: Readonly<Record<string, TestAnswerer>>;
  /** Recordings that can be read, by name. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export interface TestEndpoint {
  readonly service: ServiceEndpoint;
  /** All calls so far, in order. */
  readonly calls: readonly RpcCall[];
  /** Tells every open session of an event. */
  emit(topic: string, fields?: Readonly<Record<string, unknown>>): void;
  /** From here on the credential is refused, or accepted again. */
  revoke(isRevoked: boolean): void;
}

/** What an answer throws to be refused with a code. */
export class TestFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const LIMITS = { messageBytes: 65_536, batchItems: 10, inFlight: 4, outboundBytes: 262_144 };
const EMPTY: Readonly<Record<string, TestAnswerer>> = {
  subscribe_events: ({ topics }) => ({ subscribed: true, topics, filters: {} }),
  get_subscription_stats: () => ({ global_stats: {}, client_topics: [], client_id: '1' }),
  get_camera_list: () => ({ cameras: [], total: 0, connected: 0 }),
  list_recordings: () => ({ files: [], total: 0, limit: 50, offset: 0 }),
};

export function testEndpoint(options: TestEndpointOptions): TestEndpoint {
  const answers = { ...EMPTY, ...options.answers };
  const calls: RpcCall[] = [];
  const listeners = new Set<(notification: Notification) => void>();
  let isRevoked = false;
  let sequence = 0;
  const rpc: ServiceEndpoint['rpc'] = {
    limits: LIMITS,
    failure,
    describe: () => ({ openrpc: '1.3.2', methods: [] }),
    open: ({ credential }, notify) => {
      listeners.add(notify);
      const isKnown = (): boolean => credential === options.credential && !isRevoked;
      return {
        id: String(listeners.size),
        get isAuthenticated() {
          return isKnown();
        },
        judged: () => Promise.resolve(),
        call: async (call) => {
          calls.push(call);
          return isKnown()
            ? answer(answers[call.method], call)
            : { ok: false, error: failure('AUTH_FAILED') };
        },
        close: () => void listeners.delete(notify),
      };
    },
  };
  return {
    calls,
    service: { rpc, files: filesOf(options.files ?? new Map()), health: HEALTH },
    emit: (topic, fields = {}) => {
      sequence += 1;
      const params = { topic, timestamp: new Date().toISOString(), sequence, ...fields };
      for (const notify of listeners) notify({ method: topic, params });
    },
    revoke: (value) => (isRevoked = value),
  };
}

const HEALTH: ServiceEndpoint['health'] = {
  report: () => ({ status: 'HEALTHY', ready: true, components: {} }),
  metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
};

async function answer(give: TestAnswerer | undefined, { params = {} }: RpcCall): Promise<RpcOutcome> {
  if (give === undefined) return { ok: false, error: failure('METHOD_NOT_FOUND') };
  try {
    return { ok: true, result: await give(params as Readonly<Record<string, unknown>>) };
  } catch (cause) {
    return { ok: false, error: failure(cause instanceof TestFailure ? cause.code : 'INTERNAL') };
  }
}

function failure(code: string, hint?: string): RpcFailure {
  return {
    rpcCode: -32_000,
    message: `refused: ${code}`,
    data: { code, request_id: 'req-1', ...(hint === undefined ? {} : { hint }) },
  };
}

function filesOf(files: ReadonlyMap<string, Uint8Array>): ServiceEndpoint['files'] {
  return {
    remove: () => Promise.resolve({ ok: false, error: failure('PERMISSION_DENIED') }),
    open: async ({ filename }) => {
      const bytes = files.get(filename);
      if (bytes === undefined) return { ok: false, error: failure('FILE_NOT_FOUND') };
      const file: FileDownload = {
        filename,
        contentType: 'video/mp4',
        sizeBytes: bytes.length,
        modifiedAt: 0,
        etag: `"${bytes.length}"`,
        read: (range) => inChunks(range === undefined ? bytes : bytes.subarray(range.first, range.last + 1)),
      };
      return { ok: true, file };
    },
  };
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 65_536;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
