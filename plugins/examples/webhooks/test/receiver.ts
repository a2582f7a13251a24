/** An HTTP server that receives webhooks, checks their signatures with the library of Standard Webhooks, and answers as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: object };
}

export type Answering = (response: ServerResponse, received: Received) => void;

export interface Receiver {
  readonly url: string;
  /** Requests with a good signature, in order. */
  readonly received: readonly Received[];
  /** Requests whose signature was wrong. */
  readonly forged: readonly string[];
  /** How it answers from here on. */
  answer: Answering;
  close(): Promise<void>;
}

export const accept: Answering = (response) => void response.writeHead(204).end();

export function answering(status: number, headers: Readonly<Record<string, string>> = {}): Answering {
  return (response) => void response.writeHead(status, headers).end();
}

export async function startReceiver(secret = SECRET): Promise<Receiver> {
  const webhook = new Webhook(secret);
  const received: Received[] = [];
  const forged: string[] = [];
  const listen = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    try {
      webhook.verify(body, request.headers as Record<string, string>);
    } catch (cause) {
      forged.push(String(cause));
      response.writeHead(401).end();
      return;
    }
    const event = JSON.parse(body) as Received['event'];
    const one = { path: request.url ?? '', id: String(request.headers['webhook-id']), event };
    received.push(one);
    receiver.answer(response, one);
  };
  const server = createServer((request, response) => void listen(request, response).catch(() => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`,
    received,
    forged,
    answer: accept,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
