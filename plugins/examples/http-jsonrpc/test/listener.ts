/** As much of an HTTP listener as the contract needs. The service's own is used by the test with the service. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpHandler, HttpListener, HttpRequest } from 'mediamtx-camera-service/plugin-api';

export class TestListener implements HttpListener {
  readonly name = 'test';
  readonly #routes = new Map<string, HttpHandler>();
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.writeHead(500).end());
  });

  route(prefix: string, handler: HttpHandler): () => void {
    this.#routes.set(prefix, handler);
    return () => void this.#routes.delete(prefix);
  }

  upgrade(): () => void {
    throw new TypeError('there are no WebSockets');
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  async stop(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.#server.closeAllConnections();
    await closed;
  }

  address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = requestOf(message, response);
    const route = [...this.#routes].find(([prefix]) => request.path.startsWith(prefix));
    const { status, headers, body } = (await route?.[1](request)) ?? { status: 404 };
    response.writeHead(status, headers);
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      response.end(body);
      return;
    }
    for await (const bytes of body)
      if (!response.write(bytes)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    response.end();
  }
}

function requestOf(message: IncomingMessage, response: ServerResponse): HttpRequest {
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://localhost');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return {
    method: message.method ?? 'GET',
    path: pathname,
    query: new Map(searchParams),
    headers: message.headers as Readonly<Record<string, string | undefined>>,
    client: { address: '127.0.0.1' },
    signal: gone.signal,
    body: async (limitBytes) => {
      const chunks: Buffer[] = [];
      for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > limitBytes) throw new RangeError('too long');
      return bytes;
    },
  };
}
