/** A client that writes JSON-RPC messages as it is told to, and waits for what comes. */
import { expect } from 'chai';
import type { RawTestClient, TestAnswer } from './transport.world.js';
import { before } from './outcome.js';

export interface WireAnswer extends TestAnswer {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
}

export interface WireRefusal {
  readonly code: number;
  readonly id: unknown;
}

export class Wire {
  readonly #client: RawTestClient;
  readonly #withinMs: number;
  readonly #heard: unknown[] = [];
  #listen: () => void = () => undefined;
  #marks = 0;

  constructor(client: RawTestClient, withinMs: number) {
    this.#client = client;
    this.#withinMs = withinMs;
    client.onMessage((text) => {
      this.#heard.push(JSON.parse(text) as unknown);
      this.#listen();
    });
  }

  send(message: string | Uint8Array): void {
    this.#client.send(message);
  }

  /** @returns the oldest message that has not been taken. @throws Error when none comes in time. */
  async next(): Promise<unknown> {
    if (this.#heard.length === 0)
      await before(new Promise<void>((resolve) => (this.#listen = resolve)), this.#withinMs);
    return this.#heard.shift();
  }

  ask(text: string): Promise<unknown> {
    this.send(text);
    return this.next();
  }

  async askBatch(items: readonly unknown[]): Promise<readonly WireAnswer[]> {
    const answer = await this.ask(JSON.stringify(items));
    expect(answer, 'the answer to a batch').to.be.an('array');
    return answer as readonly WireAnswer[];
  }

  async expectRefusal(text: string, { code, id }: WireRefusal): Promise<void> {
    const { jsonrpc, error, ...rest } = (await this.ask(text)) as WireAnswer;
    expect({ jsonrpc, code: error?.code, ...rest }, text).to.deep.equal({ jsonrpc: '2.0', code, id });
  }

  async expectRefusalOrEnd(message: Uint8Array, code: number): Promise<void> {
    this.send(message);
    const answer = await Promise.race([this.next(), this.#client.closed.then(() => undefined)]);
    if (answer !== undefined) expect((answer as WireAnswer).error?.code).to.equal(code);
  }

  /** A call is answered, and nothing else comes before its answer. */
  async expectAlive(): Promise<void> {
    const id = `alive-${String((this.#marks += 1))}`;
    const answer = await this.ask(JSON.stringify(call('echo', id, {})));
    expect(answer).to.deep.equal({ jsonrpc: '2.0', id, result: {} });
  }
}

/** A request that is in order. */
export function call(method: string, id: string | number, params?: unknown) {
  return { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) } as const;
}
