/** The port's response on Node's. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpResponse } from '../../../ports/http-listener.js';
import type { HttpErrorCode } from '../../../ports/http-status.js';
import { refuseSocket, SECURITY_HEADERS } from '../../_shared/refuse-socket.js';
import { errorResponse } from '../../_shared/web-error.js';
import { streamBody } from './stream-body.js';

const NO_HTTP = { code: 'INVALID_REQUEST', message: 'this is not a valid HTTP request' } as const;
/** By Node's word for what was wrong. */
const REFUSALS: ReadonlyMap<string, { readonly code: HttpErrorCode; readonly message: string }> = new Map([
  ['HPE_HEADER_OVERFLOW', { code: 'HEADERS_TOO_LARGE', message: 'the headers of the request are too long' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { code: 'REQUEST_TIMEOUT', message: 'the request did not arrive in time' }],
]);

export async function respond(
  response: ServerResponse,
  answer: HttpResponse,
  extra: Readonly<Record<string, string>>,
): Promise<void> {
  const { body } = answer;
  const begin = (length?: number): void => {
    const counted = length === undefined ? {} : { 'content-length': String(length) };
    const connection = [answer.headers?.['connection'], extra['connection']].filter(
      (word) => word !== undefined,
    );
    const ending = connection.length === 0 ? {} : { connection: connection.join(', ') };
    response.writeHead(answer.status, {
      ...SECURITY_HEADERS,
      ...extra,
      ...counted,
      ...answer.headers,
      ...ending,
    });
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
  refuseSocket(socket, errorResponse(REFUSALS.get(error.code ?? '') ?? NO_HTTP));
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}
