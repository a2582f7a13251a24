/** What adapters are called with: a service that answers nothing, and devices that are not there. */
import type { ServiceEndpoint, RpcFailure, SourceDescriptor } from '../../ports/index.js';
import type { AnyAdapter } from './bench.js';

export const never = (): AbortSignal => new AbortController().signal;

export type Answers = 'refuses' | 'hangs' | 'rejects';

/** The service as a transport sees it. @param answers what becomes of each call. */
export function endpointThat(answers: Answers): ServiceEndpoint {
  const call = (): Promise<never> | Promise<{ readonly ok: false; readonly error: RpcFailure }> => {
    if (answers === 'hangs') return new Promise<never>(() => undefined);
    if (answers === 'rejects') return Promise.reject(new Error('planted'));
    return Promise.resolve({ ok: false, error: failure('AUTH_REQUIRED') });
  };
  return {
    rpc: {
      limits: { messageBytes: 65_536, batchItems: 10, inFlight: 4, outboundBytes: 262_144 },
      failure,
      describe: () => ({ openrpc: '1.3.2', methods: [] }),
      open: () => ({
        id: '1',
        isAuthenticated: false,
        judged: () => Promise.resolve(),
        call,
        close: () => undefined,
      }),
    },
    files: { open: call, remove: call },
    health: {
      report: () => ({ status: 'HEALTHY', ready: true, components: {} }),
      metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    },
  };
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
