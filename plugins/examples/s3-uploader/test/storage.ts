/** An S3 server (gofakes3, built by Go), behind a proxy that checks signatures and can fail; and the client of AWS to look into it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { freePorts, until } from 'mediamtx-camera-service/testing';
import { refusal } from './signature.js';

const run = promisify(execFile);
const MODULE = 'github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0';
const WITHIN_MS = 20_000;

export const KEY = 'test-key';
export const SECRET = 'test-secret-of-the-storage';
export const BUCKET = 'cameras';

export interface Asked {
  readonly method: string;
  readonly target: string;
}

/** @returns whether it has dealt with the request, which is not passed on then. */
export type Disturbance = (asked: Asked, response: ServerResponse) => boolean;

export class TestStorage {
  readonly asked: Asked[] = [];
  /** Signatures that were refused, as their codes. */
  readonly refused: string[] = [];
  disturb: Disturbance = () => false;
  readonly url: string;
  readonly #port: number;
  readonly #child: ChildProcess;
  readonly #front: Server;
  readonly #client: S3Client;

  private constructor(child: ChildProcess, port: number, frontPort: number) {
    this.url = `http://127.0.0.1:${String(frontPort)}`;
    this.#port = port;
    this.#child = child;
    this.#front = createServer((incoming, response) => {
      void this.#pass(incoming, response).catch(() => response.destroy());
    }).listen(frontPort, '127.0.0.1');
    this.#client = new S3Client({
      endpoint: this.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: KEY, secretAccessKey: SECRET },
    });
  }

  static async start(): Promise<TestStorage> {
    const bin = join(tmpdir(), 's3-uploader-tools');
    await run('go', ['install', MODULE], { env: { ...process.env, GOBIN: bin } });
    const [port = 0, frontPort = 0] = await freePorts(2);
    const words = ['-backend', 'memory', '-initialbucket', BUCKET, '-host', `127.0.0.1:${String(port)}`];
    const storage = new TestStorage(
      spawn(join(bin, 'gofakes3'), words, { stdio: 'ignore' }),
      port,
      frontPort,
    );
    const answers = (): Promise<boolean> =>
      storage.list().then(
        () => true,
        () => false,
      );
    await until('a storage that answers', answers, WITHIN_MS);
    storage.asked.length = 0;
    return storage;
  }

  async list(): Promise<readonly string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map(({ Key = '' }) => Key);
  }

  async get(key: string): Promise<Buffer> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async dispose(): Promise<void> {
    this.#client.destroy();
    this.#front.closeAllConnections();
    this.#front.close();
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const asked = { method: incoming.method ?? '', target: incoming.url ?? '' };
    this.asked.push(asked);
    const code = refusal({ ...asked, headers: incoming.headers, body }, KEY, SECRET);
    if (code !== undefined) {
      this.refused.push(code);
      fail(response, 403, code);
      return;
    }
    if (this.disturb(asked, response)) return;
    const { method, headers } = incoming;
    const outgoing = send({ host: '127.0.0.1', port: this.#port, path: asked.target, method, headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }
}

export function fail(response: ServerResponse, status: number, code: string): true {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>of the test</Message></Error>`);
  return true;
}
