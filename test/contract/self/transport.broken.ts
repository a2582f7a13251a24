/** Transports that each break one rule of the contract. */
import type {
  RpcEndpoint,
  RpcOutcome,
  RpcSession,
  ServiceEndpoint,
  Transport,
} from '../../../ports/index.js';
import { healthSetting, memoryFilesSetting, memorySetting } from '../../worlds/transport-worlds.js';
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
  // Always ready.
  {
    rule: 'health-status',
    world: asking(healthSetting, HEALTH, async (request, ask) => ({ ...(await ask(request)), status: 200 })),
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
