/** Listeners that each break one rule of the contract. */
import {
  createMemoryHttpListener,
  type MemoryHttpListener,
  type MemoryRequest,
} from '../../../adapters/http-listener/memory/memory-http-listener.js';
import type { MemoryHeaders } from '../../../adapters/http-listener/memory/head.js';
import { PortError, type HttpListener } from '../../../ports/index.js';
import { memoryListenerWorld } from '../../worlds/memory-listener-world.js';
import type { HttpListenerWorld } from '../http-listener.contract.js';
import type { Broken } from './expect-caught.js';

type Spoil = (listener: MemoryHttpListener) => Partial<MemoryHttpListener>;

export const brokenListeners: readonly Broken<HttpListenerWorld>[] = [
  // Every route catches everything.
  spoiled('prefix-longest', (inner) => ({ route: (_prefix, handler) => inner.route('/', handler) })),
  // A handler that has nothing to say ends the search.
  spoiled('falls-through', (inner) => ({
    route: (prefix, handler) =>
      inner.route(prefix, async (request) => (await handler(request)) ?? { status: 404, body: '' }),
  })),
  // Removing a route does nothing.
  spoiled('removes-route', (inner) => ({
    route: (prefix, handler) => {
      inner.route(prefix, handler);
      return () => undefined;
    },
  })),
  // The words of an error reach the client.
  spoiled('handler-throws', (inner) => ({
    route: (prefix, handler) =>
      inner.route(prefix, (request) =>
        handler(request).catch((e: Error) => ({ status: 500, body: e.message })),
      ),
  })),
  // The path is decoded a second time.
  spoiled('decodes-once', (inner) => ({
    route: (prefix, handler) =>
      inner.route(prefix, (request) => handler({ ...request, path: decodeURIComponent(request.path) })),
  })),
  // Dots are resolved instead of refused.
  spoiled('refuses-dots', (inner) => ({
    request: (request) => inner.request({ ...request, target: new URL(request.target, 'http://x').pathname }),
  })),
  // The limit of a body is not looked at.
  spoiled('body-limit', (inner) => ({
    route: (prefix, handler) =>
      inner.route(prefix, (request) => handler({ ...request, body: () => request.body(Infinity) })),
  })),
  // HEAD is answered like GET.
  spoiled('head', (inner) => ({
    request: (request: MemoryRequest) => inner.request({ ...request, method: 'GET' }),
  })),
  // A body is gathered before it is sent.
  spoiled('back-pressure', (inner) => ({
    request: async (request) => {
      const { chunks, ...head } = await inner.request(request);
      const gathered: Uint8Array[] = [];
      for await (const chunk of chunks) if (gathered.push(chunk) >= 2000) break;
      return { ...head, chunks: replay(gathered) };
    },
  })),
  // The handler never hears that its client left.
  spoiled('abort-returns', (inner) => ({
    request: ({ signal: _unheard, ...request }) => inner.request(request),
  })),
  // Of several Hosts the first counts.
  heard('host-once', ({ host = 'x', ...headers }) => ({ ...headers, host: [host].flat()[0] ?? [] })),
  heard('upgrade-host', ({ host = 'x', ...headers }) => ({ ...headers, host: [host].flat()[0] ?? [] })),
  // A Host that is missing is made up.
  heard('host-missing', ({ host, ...headers }) =>
    host?.length === 0 ? headers : { ...headers, host: host ?? 'x' },
  ),
  // A Host may be anything.
  heard('host-malformed', (headers) => ({ ...headers, host: 'x' })),
  // Addresses of IPv6 are taken for malformed.
  heard('host-kinds', ({ host = 'x', ...headers }) => ({
    ...headers,
    host: host.includes('[') ? 'a,b' : host,
  })),
  // A client is told by its host only.
  spoiled('client-direct', (inner) => ({
    route: (prefix, handler) =>
      inner.route(prefix, (request) => handler({ ...request, client: { ...request.client, address: 'x' } })),
  })),
  // Everybody is believed.
  worldWith('client-untrusted', {
    create: () => createMemoryHttpListener({ port: 0, trustedProxies: ['127.0.0.1'] }),
  }),
  // Nobody is believed.
  worldWith('client-forwarded', { createBehindProxy: () => createMemoryHttpListener({ port: 0 }) }),
  // The first of a list counts, which anybody can write.
  heard('client-nearest', (headers) => {
    const [first] = [headers['x-forwarded-for'] ?? []].flat();
    return first === undefined ? headers : { ...headers, 'x-forwarded-for': first };
  }),
  // The standard header counts whoever wrote it.
  heard('client-smuggled', ({ 'x-forwarded-for': customary, ...headers }) =>
    headers['forwarded'] !== undefined || customary === undefined
      ? headers
      : { ...headers, 'x-forwarded-for': customary },
  ),
  // Whoever asks for another protocol is sent away.
  spoiled('upgrade-ignored', (inner) => ({
    request: (request) =>
      inner.request(request.headers?.['upgrade'] === undefined ? request : { target: '/%' }),
  })),
  // The body behind a wish for another protocol gets lost.
  spoiled('upgrade-body', (inner) => ({
    request: ({ body, ...request }) =>
      inner.request(
        request.headers?.['upgrade'] === undefined && body !== undefined ? { ...request, body } : request,
      ),
  })),
  // A WebSocket has to be asked for alone.
  spoiled('upgrade-among-others', (inner) => ({
    requestUpgrade: (target, handshake) =>
      !String(handshake.asked?.headers?.['upgrade']).includes(',') && inner.requestUpgrade(target, handshake),
  })),
  // A taken address is reported in the system's words.
  spoiled('address-in-use', (inner) => ({
    start: (signal) =>
      inner.start(signal).catch((error: unknown) => {
        throw error instanceof PortError ? new Error('listen EADDRINUSE') : error;
      }),
  })),
  // Stop cuts answers at once.
  spoiled('stop-drains', (inner) => ({ stop: () => inner.stop(AbortSignal.abort()) })),
  // `/filesystem` is below `/files`.
  spoiled('prefix-segments', (inner) => ({
    request: (request) =>
      inner.request({ ...request, target: request.target.replace(/^\/files(?=\w)/, '/files/') }),
  })),
  // A page for people in place of a code.
  spoiled('not-found', (inner) => ({
    start: async (signal) => {
      await inner.start(signal);
      inner.route('/', () => Promise.resolve({ status: 404, body: 'Not found' }));
    },
  })),
  // Names of headers come as they were sent.
  spoiled('request-facts', (inner) => ({
    route: (prefix, handler) =>
      inner.route(prefix, ({ headers, ...request }) =>
        handler({
          ...request,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
          ),
        }),
      ),
  })),
  // Bytes become text on their way.
  spoiled('bodies', (inner) => ({
    request: async (request) => {
      const { chunks, ...head } = await inner.request(request);
      return { ...head, chunks: asText(chunks) };
    },
  })),
  // A body that failed looks as if it had ended.
  spoiled('cut-is-seen', (inner) => ({
    request: async (request) => {
      const { chunks, ...head } = await inner.request(request);
      return { ...head, chunks: untilItFails(chunks) };
    },
  })),
  // Whatever begins like the path is upgraded.
  spoiled('upgrade-exact', (inner) => ({
    requestUpgrade: (target, handshake) => inner.requestUpgrade(target.replace(/^(\/ws).*/, '$1'), handshake),
  })),
  // A plain request on the path of a WebSocket is like any other.
  spoiled('upgrade-required', (inner) => ({
    request: async (request) => {
      const answer = await inner.request(request);
      return answer.status === 426 ? { ...answer, status: 404 } : answer;
    },
  })),
  // Start does not look at its signal.
  spoiled('start-aborted', (inner) => ({ start: () => inner.start(new AbortController().signal) })),
  // Only what runs can be stopped.
  spoiled('stop-any-time', (inner) => ({
    stop: (signal) =>
      inner.address() === undefined ? Promise.reject(new Error('it is not running')) : inner.stop(signal),
  })),
  // Stop waits for as long as an answer takes, whatever time it has.
  spoiled('stop-aborted', (inner) => ({ stop: () => inner.stop(new AbortController().signal) })),
  // It runs once.
  spoiled('restart', (inner) => {
    let isSpent = false;
    return {
      start: (signal) => (isSpent ? Promise.reject(new Error('it has run already')) : inner.start(signal)),
      stop: (signal) => {
        isSpent = true;
        return inner.stop(signal);
      },
    };
  }),
  // The address is still shown after stop.
  spoiled('address', () => ({ address: () => ({ host: 'memory', port: 1 }) })),
];

/** Headers arrive as this makes them. */
function heard(rule: string, change: (headers: MemoryHeaders) => MemoryHeaders): Broken<HttpListenerWorld> {
  return spoiled(rule, (inner) => ({
    request: (request) => inner.request({ ...request, headers: change(request.headers ?? {}) }),
  }));
}

function worldWith(rule: string, changed: Partial<HttpListenerWorld>): Broken<HttpListenerWorld> {
  return { rule, world: { ...memoryListenerWorld(), withinMs: 300, ...changed } };
}

function spoiled(rule: string, spoil: Spoil): Broken<HttpListenerWorld> {
  const world = memoryListenerWorld();
  const broken = (listener: HttpListener): HttpListener => {
    const inner = listener as MemoryHttpListener;
    return { ...delegating(inner), ...spoil(inner) };
  };
  return worldWith(rule, {
    create: (port) => broken(world.create(port)),
    createBehindProxy: () => broken(world.createBehindProxy()),
  });
}

function delegating(inner: MemoryHttpListener): MemoryHttpListener {
  return {
    name: inner.name,
    route: (prefix, handler) => inner.route(prefix, handler),
    upgrade: (path, handler) => inner.upgrade(path, handler),
    start: (signal) => inner.start(signal),
    stop: (signal) => inner.stop(signal),
    address: () => inner.address(),
    request: (request) => inner.request(request),
    requestUpgrade: (target, connection) => inner.requestUpgrade(target, connection),
  };
}

async function* replay(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* asText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(Buffer.from(chunk).toString());
}

async function* untilItFails(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch {
    // Nobody is told.
  }
}
