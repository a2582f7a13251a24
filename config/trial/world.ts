/** What adapters are called with: a service with nothing in it, or one that does not work, and devices that are not there. */
import type {
  RpcCall,
  RpcFailure,
  RpcOutcome,
  ServiceEndpoint,
  SourceDescriptor,
} from '../../ports/index.js';
import type { AnyAdapter } from './bench.js';

export const never = (): AbortSignal => new AbortController().signal;

/** `answers`: it has no cameras and no files, and takes every credential. */
export type Answers = 'answers' | 'refuses' | 'hangs' | 'rejects';

/** What a service without cameras and files answers. */
const EMPTY: Readonly<Record<string, unknown>> = {
  subscribe_events: { subscribed: true, topics: [], filters: {} },
  get_camera_list: { cameras: [], total: 0, connected: 0 },
  list_recordings: { files: [], total: 0, limit: 50, offset: 0 },
  list_snapshots: { files: [], total: 0, limit: 50, offset: 0 },
};

/** The service as a transport sees it. @param answers what becomes of each call. */
export function endpointThat(answers: Answers): ServiceEndpoint {
  const refuse = (signal: AbortSignal): Promise<Refused> => {
    if (answers === 'hangs') return untilAborted(signal);
    if (answers === 'rejects') return Promise.reject(new Error('planted'));
    return Promise.resolve({ ok: false, error: failure('AUTH_REQUIRED') });
  };
  const call = ({ method }: RpcCall, signal: AbortSignal): Promise<RpcOutcome> =>
    answers === 'answers' ? Promise.resolve({ ok: true, result: EMPTY[method] ?? {} }) : refuse(signal);
  const file = (): Promise<Refused> => refuse(never());
  return {
    rpc: {
      limits: { messageBytes: 65_536, batchItems: 10, inFlight: 4, outboundBytes: 262_144 },
      failure,
      describe: () => ({ openrpc: '1.3.2', methods: [] }),
      open: () => ({
        id: '1',
        isAuthenticated: answers === 'answers',
        judged: () => Promise.resolve(),
        call,
        close: () => undefined,
      }),
    },
    files: { open: file, remove: file },
    health: {
      report: () => ({ status: 'HEALTHY', ready: true, components: {} }),
      metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    },
  };
}

interface Refused {
  readonly ok: false;
  readonly error: RpcFailure;
}

/** A call ends at the latest when its client is gone. */
function untilAborted(signal: AbortSignal): Promise<Refused> {
  const refused = { ok: false, error: failure('CANCELLED') } as const;
  if (signal.aborted) return Promise.resolve(refused);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(refused), { once: true });
  });
}

function failure(code: string): RpcFailure {
  return { rpcCode: -32_000, message: `refused: ${code}`, data: { code, request_id: 'req-1' } };
}

/** A device that nobody has, of the first kind that the adapter takes. */
export function absentSource(adapter: AnyAdapter): SourceDescriptor {
  const { kinds } = (adapter['supports'] ?? {}) as { readonly kinds?: readonly string[] };
  const kind = kinds?.[0] ?? 'none';
  return { key: `${kind}:absent`, kind, locator: '/nonexistent/camera', name: 'Absent camera', hints: {} };
}
