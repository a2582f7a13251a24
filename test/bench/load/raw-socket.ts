/** A WebSocket client with as little work per message as possible, so that the server is what is measured. */
import { connect, type Socket } from 'node:net';

const TEXT_FRAME = 0x81;
const MASK = [1, 2, 3, 4] as const;

/** The bytes of a text message from a client. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length > 65_535) throw new RangeError('too long for this client');
  const head = length < 126 ? [TEXT_FRAME, 0x80 | length] : [TEXT_FRAME, 0xfe, length >> 8, length & 255];
  const masked = payload.map((byte, at) => byte ^ (MASK[at & 3] ?? 0));
  return Buffer.concat([Buffer.from([...head, ...MASK]), masked]);
}

export class RawSocket {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  onMessage: (payload: Buffer) => void = () => undefined;

  constructor(socket: Socket, rest: Buffer) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    if (rest.length > 0) queueMicrotask(() => this.#take(rest));
  }

  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  /** Sends and resolves with the next message. */
  ask(text: string): Promise<Buffer> {
    return new Promise((resolve) => {
      this.onMessage = resolve;
      this.send(clientFrame(text));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let size = frameSize(data); size > 0 && data.length >= size; size = frameSize(data)) {
      this.onMessage(data.subarray(headSize(data), size));
      data = data.subarray(size);
    }
    this.#rest = data;
  }
}

/** @returns 0 while the head is not complete. */
function frameSize(data: Buffer): number {
  const head = headSize(data);
  if (head === 0 || data.length < head) return 0;
  if (head === 2) return head + ((data[1] ?? 0) & 127);
  return head + (head === 4 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2)));
}

function headSize(data: Buffer): number {
  if (data.length < 2) return 0;
  const short = (data[1] ?? 0) & 127;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

/** Resolves when the server has accepted the WebSocket. */
export function openRawSocket(port: number, path: string): Promise<RawSocket> {
  const request = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${String(port)}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(request));
    let heard = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      heard = Buffer.concat([heard, chunk]);
      const end = heard.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData).off('error', reject);
      socket.on('error', () => undefined);
      const status = heard.toString('latin1', 0, heard.indexOf('\r\n'));
      if (!status.includes(' 101 ')) reject(new Error(`refused: ${status}`));
      else resolve(new RawSocket(socket, heard.subarray(end + 4)));
    };
    socket.on('data', onData).once('error', reject);
  });
}
