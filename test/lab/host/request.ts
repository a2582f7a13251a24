/** HTTP with a deadline, by node:http: a connection that is reset at once can leave `fetch` pending for ever. */
import http from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';

export interface LabRequest extends Pick<RequestOptions, 'agent' | 'headers' | 'method'> {
  readonly port: number;
  readonly path: string;
  readonly timeoutMs: number;
  readonly body?: string | Buffer;
}

export interface LabResponse {
  readonly message: IncomingMessage;
  /** The bare connection, when the other side agreed to an upgrade. */
  readonly socket?: Socket;
}

export function request({ body, timeoutMs, ...options }: LabRequest): Promise<LabResponse> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host: '127.0.0.1', ...options });
    sent.setTimeout(timeoutMs, () => {
      sent.destroy(new Error(`no answer to ${options.path} in ${String(timeoutMs)} ms`));
    });
    sent.on('error', reject);
    sent.on('response', (message) => {
      resolve({ message });
    });
    sent.on('upgrade', (message, duplex) => {
      duplex.setTimeout(0);
      resolve({ message, socket: duplex });
    });
    sent.end(body);
  });
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
