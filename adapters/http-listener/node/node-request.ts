/** Node's incoming message as the port's request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpClient, HttpRequest } from '../../../ports/http-listener.js';
import type { Target } from '../../_shared/web-routes.js';

/** Bodies that were refused for their size, so that the listener can answer 413 when a handler does not. */
const tooLarge = new WeakSet();

export function isTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && tooLarge.has(error);
}

export function toHttpRequest(
  message: IncomingMessage,
  response: ServerResponse,
  { target, client }: { readonly target: Target; readonly client: HttpClient },
): HttpRequest {
  return {
    method: message.method ?? 'GET',
    path: target.path,
    query: target.query,
    headers: flatHeaders(message),
    client,
    signal: goneSignal(response),
    body: (limitBytes) => readBody(message, limitBytes),
  };
}

/** The values of all `Host` headers; Node keeps the first only. */
export function hostsOf({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
}

function flatHeaders(message: IncomingMessage): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(message.headers)) {
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client has disconnected'));
  });
  return gone.signal;
}

async function readBody(message: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(message.headers['content-length'] ?? 0) > limitBytes) throw overLimit(limitBytes);
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw overLimit(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function overLimit(limitBytes: number): RangeError {
  const error = new RangeError(`the body is longer than ${String(limitBytes)} bytes`);
  tooLarge.add(error);
  return error;
}
