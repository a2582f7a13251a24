/** Clients of the transport: one that reads an event stream and makes calls in its session, and one that posts what it is told. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { RawTestClient, TestAnswer, TestClient } from 'mediamtx-camera-service/contract/transport';

export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id: string | undefined;
}

type Notification = { method: string; params: unknown };

/** Connections wait for their turn, so that requests arrive in the order in which they were made. */
const agent = (): Agent => new Agent({ keepAlive: true, maxSockets: 64 });

export class HttpClient implements TestClient, RawTestClient {
  readonly closed: Promise<unknown>;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #stream: IncomingMessage;
  readonly #asked = new Set<ClientRequest>();
  readonly #agent = agent();
  readonly #heard = new Set<(notification: Notification) => void>();
  readonly #texts = new Set<(text: string) => void>();
  readonly events: ServerSentEvent[] = [];
  heartbeats = 0;
  #session = '';
  #lastId = 0;
  #rest = '';

  private constructor(url: string, headers: Readonly<Record<string, string>>, stream: IncomingMessage) {
    this.#url = url;
    this.#headers = headers;
    this.#stream = stream;
    this.closed = new Promise((resolve) => stream.once('close', () => resolve('closed')));
    stream.on('error', () => undefined);
  }

  /** Resolves when the service has said which session it is. */
  static async connect(
    url: string,
    {
      credential,
      query = '',
      headers = {},
    }: { credential?: string; query?: string; headers?: Record<string, string> } = {},
  ): Promise<HttpClient> {
    const shown = {
      ...headers,
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
    };
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${url}/events${query}`, { headers: shown, agent: false }, resolve).once('error', reject).end();
    });
    if (stream.statusCode !== 200) {
      stream.resume();
      throw new Error(`status ${String(stream.statusCode)}`);
    }
    const client = new HttpClient(url, shown, stream);
    await client.#greeted();
    return client;
  }

  async call(method: string, params?: unknown): Promise<TestAnswer> {
    const id = (this.#lastId += 1);
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
    return JSON.parse(await this.#post(text)) as TestAnswer;
  }

  send(message: string | Uint8Array): void {
    this.#post(message).then(
      (text) => {
        if (text !== '') for (const listener of this.#texts) listener(text);
      },
      () => this.close(),
    );
  }

  onMessage(listener: (text: string) => void): void {
    this.#texts.add(listener);
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#heard.add(listener);
  }

  close(): void {
    for (const each of this.#asked) each.destroy();
    this.#agent.destroy();
    this.#stream.destroy();
  }

  #greeted(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.setEncoding('utf8').on('data', (text: string) => {
        const blocks = (this.#rest + text).split('\n\n');
        this.#rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
        if (this.#session !== '') resolve();
      });
      this.#stream.once('close', () => reject(new Error('the stream has ended')));
    });
  }

  #take(block: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    if (block.startsWith(':')) this.heartbeats += 1;
    const [event, data] = [field('event'), field('data')];
    if (event === undefined || data === undefined) return;
    const value: unknown = JSON.parse(data);
    this.events.push({ event, data: value, id: field('id') });
    if (event === 'session') this.#session = (value as { session: string }).session;
    if (field('id') !== undefined) for (const listener of this.#heard) listener(value as Notification);
  }

  #post(body: string | Uint8Array): Promise<string> {
    const headers = { 'content-type': 'application/json', 'rpc-session': this.#session, ...this.#headers };
    return new Promise((resolve, reject) => {
      const asked = request(this.#url, { method: 'POST', headers, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('error', reject).once('end', () => resolve(text));
      });
      this.#asked.add(asked.once('error', reject).once('close', () => this.#asked.delete(asked)));
      asked.end(body);
    });
  }
}
