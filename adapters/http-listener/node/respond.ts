/** The port's response on Node's. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpResponse } from '../../../ports/http-listener.js';
import { errorResponse } from '../../_shared/web-error.js';
import { streamBody } from './stream-body.js';

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
} as const;

export async function respond(
  response: ServerResponse,
  answer: HttpResponse,
  extra: Readonly<Record<string, string>>,
): Promise<void> {
  const { body } = answer;
  const begin = (length?: number): void => {
    const counted = length === undefined ? {} : { 'content-length': String(length) };
    response.writeHead(answer.status, { ...SECURITY_HEADERS, ...extra, ...counted, ...answer.headers });
  };
  // A source that delivers more or less than was promised must break the connection, not the next answer on it.
  response.strictContentLength = answer.headers?.['content-length'] !== undefined;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    begin(hasNoBody(answer.status) ? undefined : (bytes?.length ?? 0));
    response.end(response.req.method === 'HEAD' ? undefined : bytes);
    return;
  }
  if (response.req.method === 'HEAD') {
    begin();
    response.end();
    return;
  }
  await streamBody(response, body, begin);
}

/** Answers bytes that Node could not read as HTTP, or that took too long. */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  refuseSocket(
    socket,
    errorResponse(status, { code: 'INVALID_REQUEST', message: 'this is not a valid HTTP request' }),
  );
}

/** Answers on a bare socket: a refused upgrade, or bytes that are no HTTP. */
export function refuseSocket(socket: Duplex, answer: HttpResponse): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = Buffer.from(typeof answer.body === 'string' ? answer.body : '');
  const headers = { ...SECURITY_HEADERS, ...answer.headers, 'content-length': String(body.length) };
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = `HTTP/1.1 ${String(answer.status)} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head), body]));
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}
