/** A camera on this machine: whatever a test lets it answer, with images that ffmpeg has drawn. */
import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { JpegSplitter } from 'mediamtx-camera-service/kit';
import type { SourceDescriptor } from 'mediamtx-camera-service/plugin-api';
import { KIND, locatorOf, type CameraSettings } from '../src/target.js';

export const SIZE = { width: 320, height: 240 };
export const BOUNDARY = 'frame';

const DRAW = [
  ...[
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    `testsrc2=size=${String(SIZE.width)}x${String(SIZE.height)}:rate=10`,
  ],
  ...['-frames:v', '10', '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'],
];
export const IMAGES: readonly Uint8Array[] = new JpegSplitter(1_000_000)
  .push(execFileSync('ffmpeg', DRAW))
  .map(({ jpeg }) => jpeg);

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** One part of a stream, as most cameras write it. */
export function part(jpeg: Uint8Array): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${String(jpeg.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]);
}

/** Ten images a second, until the client has had enough. */
export const stream: Answer = (_request, response) => {
  response.setHeader('content-type', `multipart/x-mixed-replace; boundary=${BOUNDARY}`);
  let next = 0;
  const send = (): void => void response.write(part(image((next += 1))));
  send();
  const timer = setInterval(send, 100);
  response.once('close', () => clearInterval(timer));
};

/** The newest image. */
export const snapshot: Answer = (_request, response) => {
  response.setHeader('content-type', 'image/jpeg').end(image(Math.floor(Date.now() / 100)));
};

export function image(number: number): Uint8Array {
  return IMAGES[number % IMAGES.length] ?? new Uint8Array();
}

export class CameraServer {
  answer: Answer;
  readonly requests: IncomingMessage[] = [];
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;
  #port = 0;

  constructor(answer: Answer, tls?: { readonly key: string; readonly cert: string }) {
    this.answer = answer;
    this.#scheme = tls === undefined ? 'http' : 'https';
    const listener: RequestListener = (request, response) => {
      this.requests.push(request);
      this.answer(request, response);
    };
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    });
  }

  /** On the port that it had before. */
  async plug(): Promise<void> {
    if (this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async unplug(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  url(path = '/stream'): string {
    return `${this.#scheme}://127.0.0.1:${String(this.#port)}${path}`;
  }

  source(settings: Partial<CameraSettings> = {}): SourceDescriptor {
    const camera = { name: 'porch', url: this.url(), ...settings };
    return { key: `${KIND}:porch`, kind: KIND, locator: locatorOf(camera), name: camera.name, hints: {} };
  }
}
