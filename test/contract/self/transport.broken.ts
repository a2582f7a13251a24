/** Transports that each break one rule of the contract. */
import type {
  RpcEndpoint,
  RpcOutcome,
  RpcSession,
  ServiceEndpoint,
  Transport,
} from '../../../ports/index.js';
import {
  memoryFilesSetting,
  memoryHealthSetting,
  memorySetting,
} from '../../worlds/memory-transport-worlds.js';
import type {
  TestHttpAnswer,
  TestHttpRequest,
  TransportSetting,
  TransportWorld,
} from '../transport.world.js';
import type { Broken } from './expect-caught.js';

const CALLS = { calls: true, events: true, files: false, health: false, jsonRpc: false, batches: false };
const FILES = { calls: false, events: false, files: true, health: false, jsonRpc: false, batches: false };
const HEALTH = { calls: false, events: false, files: false, health: true, jsonRpc: false, batches: false };

export const brokenTransports: readonly Broken<TransportWorld>[] = [
  // Parameters that are absent arrive as an empty object.
  calls('no-params', (session) => ({
    call: (request, signal) => session.call({ params: {}, ...request }, signal),
  })),
  // Every failure looks the same.
  calls('failure', (session) => ({
    call: async (request, signal) => {
      const outcome = await session.call(request, signal);
      return outcome.ok ? outcome : { ok: false, error: { ...outcome.error, rpcCode: -32603 } };
    },
  })),
  // Metadata gets lost.
  calls('metadata', (session) => ({
    call: async (request, signal) => bare(await session.call(request, signal)),
  })),
  // The words of an inner error become the answer.
  calls('no-leak', (session) => ({
    call: (request, signal) =>
      session.call(request, signal).catch((error: Error) => ({ ok: true, result: error.message })),
  })),
  // One call at a time.
  calls('concurrent', (session) => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      call: (request, signal) => {
        const turn = last.then(() => session.call(request, signal));
        last = turn.catch(() => undefined);
        return turn;
      },
    };
  }),
  // Some calls are overtaken by those behind them.
  calls('order', (session) => ({
    call: async (request, signal) => {
      if (request.method === 'hesitate') await new Promise((resolve) => setTimeout(resolve, 10));
      return session.call(request, signal);
    },
  })),
  // A login is handed over when it suits.
  calls('login-order', (session) => ({
    call: async (request, signal) => {
      if (request.method === 'authenticate') await new Promise((resolve) => setTimeout(resolve, 10));
      return session.call(request, signal);
    },
  })),
  // No limit to calls under way.
  withRpc('in-flight', (rpc) => ({ limits: { ...rpc.limits, inFlight: 1000 } })),
  // Sessions are never closed.
  calls('session-per-client', () => ({ close: () => undefined })),
  // Calls never hear that their client left.
  calls('gone-aborts', (session) => ({
    call: (request) => session.call(request, new AbortController().signal),
  })),
  // Who is there is not told.
  withRpc('peer', (rpc) => ({
    open: (_peer, notify) => rpc.open({ transport: 'memory' }, notify),
  })),
  // One word for all clients.
  withRpc('peer-address', (rpc) => ({
    open: (peer, notify) => rpc.open({ ...peer, address: 'local' }, notify),
  })),
  // Every second event is dropped.
  withRpc('notify', (rpc) => ({
    open: (peer, notify) => {
      let count = 0;
      return rpc.open(peer, (notification) => {
        count += 1;
        if (count % 2 === 1) notify(notification);
      });
    },
  })),
  // What a client has read still counts.
  withRpc('outbound-reads', (rpc) => ({
    open: (peer, notify) => {
      let total = 0;
      return rpc.open(peer, (notification) => {
        total += JSON.stringify(notification).length;
        if (total <= rpc.limits.outboundBytes) notify(notification);
      });
    },
  })),
  // Stop looks at its signal once.
  withTransport('stop-cuts', (inner) => ({
    stop: (signal) => inner.stop(signal.aborted ? signal : new AbortController().signal),
  })),
  // Stop cuts calls at once.
  withTransport('stop-drains', (inner) => ({ stop: () => inner.stop(AbortSignal.abort()) })),
  // Stop waits for calls even when its time is used up.
  withTransport('stop-aborted', (inner) => ({ stop: () => inner.stop(new AbortController().signal) })),
  // Start does not look at its signal.
  withTransport('start-aborted', (inner) => ({
    start: (service) => inner.start(service, new AbortController().signal),
  })),
  // Only what runs can be stopped.
  withTransport('stop-without-start', (inner) => ({
    stop: (signal) =>
      inner.addresses().length === 0 ? Promise.reject(new Error('it is not running')) : inner.stop(signal),
  })),
  // It tells its address whether it runs or not.
  withTransport('addresses', () => ({ addresses: () => ['memory:'] })),
  // Parameters pass through a number, a date or another format on their way.
  calls('call', (session) => ({
    call: ({ params, ...request }, signal) =>
      session.call(
        { ...request, params: JSON.parse(JSON.stringify(params).normalize('NFD')) as unknown },
        signal,
      ),
  })),
  // What has no result has an empty one.
  calls('null-result', (session) => ({
    call: async (request, signal) => {
      const outcome = await session.call(request, signal);
      return outcome.ok && outcome.result === undefined ? { ...outcome, result: {} } : outcome;
    },
  })),
  // After one session that could not be opened there is no other.
  withRpc('open-throws', (rpc) => {
    let isLost = false;
    return {
      open: (peer, notify) => {
        if (isLost) throw new Error('closed for good');
        isLost = true;
        const session = rpc.open(peer, notify);
        isLost = false;
        return session;
      },
    };
  }),
  // Who is gone must not be told anything.
  withRpc('notify-late', (rpc) => ({
    open: (peer, notify) => {
      let isGone = false;
      const session = rpc.open(peer, (notification) => {
        if (isGone) throw new Error('the connection is closed');
        notify(notification);
      });
      return {
        ...session,
        close: () => {
          isGone = true;
          session.close();
        },
      };
    },
  })),
  // Calls are taken for as long as others run.
  withTransport('stop-refuses', (inner) => ({
    stop: async (signal) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await inner.stop(signal);
    },
  })),
  // It runs once.
  withTransport('restart', (inner) => {
    let isSpent = false;
    return {
      start: (service, signal) =>
        isSpent ? Promise.reject(new Error('it has run already')) : inner.start(service, signal),
      stop: (signal) => {
        isSpent = true;
        return inner.stop(signal);
      },
    };
  }),
  // Claims what it does not do.
  withTransport('supports', () => ({ supports: { ...CALLS, files: true } })),
  // Ranges are ignored.
  files('file-range', ({ headers: { range: _ignored, ...headers } = {}, ...rest }, ask) =>
    ask({ ...rest, headers }),
  ),
  // A range beyond the end gets an empty answer.
  files('file-range-416', async (request, ask) => {
    const answer = await ask(request);
    return answer.status === 416 ? { ...answer, status: 206 } : answer;
  }),
  // Conditions are ignored.
  files('file-conditional', ({ headers: { 'if-none-match': _ignored, ...headers } = {}, ...rest }, ask) =>
    ask({ ...rest, headers }),
  ),
  // A ticket is not passed on.
  files('file-credentials', (request, ask) => ask({ ...request, path: request.path.replace(/\?.*/, '') })),
  // HEAD carries a body.
  files('file-head', (request, ask) => ask({ ...request, method: 'GET' })),
  // The name under which a file is stored gets lost.
  files('file-whole', async (request, ask) => {
    const { headers, ...answer } = await ask(request);
    const { 'content-disposition': _name, ...rest } = headers;
    return { ...answer, headers: rest };
  }),
  // What is empty is not there.
  files('file-empty', async (request, ask) => {
    const answer = await ask(request);
    return answer.body.length === 0 ? { ...answer, status: 404 } : answer;
  }),
  // A range that is none is an error.
  files('file-range-odd', async (request, ask) => {
    const answer = await ask(request);
    const { range } = request.headers ?? {};
    return range === undefined || answer.status === 206 ? answer : { ...answer, status: 400 };
  }),
  // All failures are the same failure.
  files('file-errors', async (request, ask) => {
    const answer = await ask(request);
    return answer.status >= 400 ? { ...answer, status: 500 } : answer;
  }),
  // Names are decoded once more than they were encoded.
  files('file-names', (request, ask) =>
    ask({ ...request, path: request.path.replace(/a%2fb|a\/b/, 'clip.mp4') }),
  ),
  // Files stay.
  files('file-delete', (request, ask) =>
    ask(request.method === 'DELETE' ? { ...request, method: 'HEAD' } : request),
  ),
  // Files are still sent after the stop.
  {
    rule: 'file-stopped',
    world: {
      supports: FILES,
      withinMs: 300,
      create: async () => {
        const setting = await memoryFilesSetting();
        const { transport } = setting;
        const deaf: Transport = {
          name: transport.name,
          supports: transport.supports,
          start: (service, signal) => transport.start(service, signal),
          stop: () => Promise.resolve(),
          addresses: () => transport.addresses(),
        };
        return { ...setting, transport: deaf };
      },
    },
  },
  // Components are shown to everybody.
  {
    rule: 'health-detail',
    world: asking(memoryHealthSetting, HEALTH, (request, ask) =>
      ask(request.path === '/health' ? { ...request, path: '/health/detailed' } : request),
    ),
  },
  // Metrics are sent as an ordinary text.
  {
    rule: 'metrics',
    world: asking(memoryHealthSetting, HEALTH, async (request, ask) => {
      const answer = await ask(request);
      return { ...answer, headers: { ...answer.headers, 'content-type': 'text/plain' } };
    }),
  },
  // Always ready.
  {
    rule: 'health-status',
    world: asking(memoryHealthSetting, HEALTH, async (request, ask) => ({
      ...(await ask(request)),
      status: 200,
    })),
  },
];

type Spoil<T> = (inner: T) => Partial<T>;
type Ask = (request: TestHttpRequest) => Promise<TestHttpAnswer>;
type SpoilRequest = (request: TestHttpRequest, ask: Ask) => Promise<TestHttpAnswer>;

function calls(rule: string, spoil: Spoil<RpcSession>): Broken<TransportWorld> {
  return withRpc(rule, (rpc) => ({
    open: (peer, notify) => {
      const session = rpc.open(peer, notify);
      return { ...session, ...spoil(session) };
    },
  }));
}

function withRpc(rule: string, spoil: Spoil<RpcEndpoint>): Broken<TransportWorld> {
  return withTransport(rule, (inner) => ({
    start: (service: ServiceEndpoint, signal) =>
      inner.start(
        { ...service, files: service.files, rpc: { ...service.rpc, ...spoil(service.rpc) } },
        signal,
      ),
  }));
}

function withTransport(rule: string, spoil: Spoil<Transport>): Broken<TransportWorld> {
  const create = async (): Promise<TransportSetting> => {
    const setting = await memorySetting();
    const inner = setting.transport;
    const transport: Transport = {
      name: inner.name,
      supports: inner.supports,
      start: (service, signal) => inner.start(service, signal),
      stop: (signal) => inner.stop(signal),
      addresses: () => inner.addresses(),
      ...spoil(inner),
    };
    return { ...setting, transport };
  };
  return { rule, world: { create, supports: CALLS, withinMs: 300 } };
}

function files(rule: string, spoil: SpoilRequest): Broken<TransportWorld> {
  return { rule, world: asking(memoryFilesSetting, FILES, spoil) };
}

function asking(
  make: () => Promise<TransportSetting>,
  supports: Transport['supports'],
  spoil: SpoilRequest,
): TransportWorld {
  const create = async (): Promise<TransportSetting> => {
    const setting = await make();
    return { ...setting, request: (request) => spoil(request, setting.request) };
  };
  return { create, supports, withinMs: 300 };
}

function bare(outcome: RpcOutcome): RpcOutcome {
  return outcome.ok ? { ok: true, result: outcome.result } : outcome;
}
