import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  /** What the endpoint asks for in `Retry-After`, if it names seconds. */
  readonly retryAfterMs?: number;
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

const MS_PER_SECOND = 1000;

/**
 * Posts a body on a connection of its own. Redirects are not followed, so the answer cannot send events to another host, and the
 * body of the answer is not read.
 * @throws Error if the endpoint cannot be reached or does not answer in time.
 */
export async function post(
  url: string,
  { headers, body, timeoutMs }: PostOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((resolve, reject) => {
    const outgoing = send(url, {
      method: 'POST',
      agent: false,
      signal: either,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      },
    });
    outgoing.on('error', (cause) => {
      reject(either.aborted ? (either.reason as Error) : cause);
    });
    outgoing.on('response', (response) => {
      const after = Number(response.headers['retry-after']);
      response.on('error', () => undefined).destroy();
      resolve({
        status: response.statusCode ?? 0,
        ...(after > 0 ? { retryAfterMs: after * MS_PER_SECOND } : {}),
      });
    });
    outgoing.end(body);
  });
}
