import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CircuitOpenError,
  createHttpClient,
  HttpFailure,
  type HttpClient,
  type HttpClientOptions,
} from '../../../adapters/_shared/http-client.js';
import { until } from '../../worlds/media.js';

describe('the HTTP client', () => {
  let server: Server;
  let hits: string[];
  let status: number;
  let delayMs: number;
  let client: HttpClient;
  const signal = new AbortController().signal;

  const connect = (options: Partial<HttpClientOptions> = {}): void => {
    const { port } = server.address() as AddressInfo;
    client = createHttpClient({
      baseUrl: `http://127.0.0.1:${port}`,
      retryDelayMs: 1,
      timeoutMs: 200,
      ...options,
    });
  };
  const get = (): Promise<unknown> => client.request({ method: 'GET', path: '/x' }, signal);
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  beforeEach(async () => {
    hits = [];
    status = 200;
    delayMs = 0;
    server = createServer((request, response) => {
      hits.push(`${request.method}`);
      setTimeout(
        () => response.writeHead(status, { 'content-type': 'application/json' }).end('{"a":1}'),
        delayMs,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    connect();
  });
  afterEach(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('hints that the other side may be gone when a connection ends or a call fails', async () => {
    let hints = 0;
    connect({ onTrouble: () => (hints += 1) });
    await get();
    expect(hints).to.equal(0);
    server.closeAllConnections();
    await until('a hint', () => hints === 1);
    status = 500;
    await failure(get());
    expect(hints).to.equal(2);
  });

  it('answers with status and body, 4xx too', async () => {
    expect(await get()).to.deep.equal({ status: 200, body: { a: 1 } });
    status = 404;
    expect(await get()).to.include({ status: 404 });
    expect(hits).to.have.length(2);
  });

  it('repeats twice what may be repeated, and nothing else', async () => {
    status = 500;
    expect(await failure(get()))
      .to.be.instanceOf(HttpFailure)
      .and.include({ status: 500 });
    expect(hits).to.have.length(3);
    await failure(client.request({ method: 'POST', path: '/x' }, signal));
    expect(hits).to.have.length(4);
    await failure(client.request({ method: 'POST', path: '/x', idempotent: true }, signal));
    expect(hits).to.have.length(7);
  });

  it('opens after five failures within the window, also with successes in between', async () => {
    connect({ retries: 0 });
    for (let i = 0; i < 5; i++) {
      status = 200;
      await get();
      status = 500;
      expect(await failure(get())).to.be.instanceOf(HttpFailure);
      expect(client.isOpen).to.equal(i === 4);
    }
    const before = hits.length;
    const error = await failure(get());
    expect(error).to.be.instanceOf(CircuitOpenError);
    expect((error as CircuitOpenError).retryAfterMs).to.be.within(29_000, 30_000);
    expect(hits).to.have.length(before);
  });

  it('does not open for failures that are further apart than the window', async () => {
    connect({ retries: 0, breaker: { windowMs: 60 } });
    status = 500;
    for (let i = 0; i < 6; i++) {
      await failure(get());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(client.isOpen).to.equal(false);
  });

  it('does not count 4xx, nor callers who went away', async () => {
    status = 404;
    for (let i = 0; i < 6; i++) await get();
    delayMs = 100;
    for (let i = 0; i < 6; i++) {
      const leaving = AbortSignal.timeout(5);
      expect(await failure(client.request({ method: 'GET', path: '/x' }, leaving))).to.equal(leaving.reason);
    }
    expect(client.isOpen).to.equal(false);
  });

  it('tries once after the pause, and pauses longer after each failed trial', async () => {
    connect({ retries: 0, breaker: { failures: 1, pauseMs: 40, maxPauseMs: 90 } });
    status = 500;
    await failure(get());
    const pauses: number[] = [];
    for (let i = 0; i < 3; i++) {
      pauses.push(((await failure(get())) as CircuitOpenError).retryAfterMs);
      await until('a trial', async () => (await failure(get())) instanceof HttpFailure);
    }
    expect(pauses[0]).to.be.within(20, 40);
    expect(pauses[1]).to.be.within(50, 80);
    expect(pauses[2]).to.be.within(70, 90);
    status = 200;
    await until('healed', async () => (await failure(get())) === undefined);
    expect(client.isOpen).to.equal(false);
  });

  it('closes at once when it is told that the other side is back', async () => {
    connect({ retries: 0, breaker: { failures: 1 } });
    status = 500;
    await failure(get());
    expect(client.isOpen).to.equal(true);
    status = 200;
    expect(await client.probe('/x', signal)).to.include({ status: 200 });
    client.reset();
    expect(await get()).to.include({ status: 200 });
  });

  it('bounds each try and the whole call', async () => {
    connect({ timeoutMs: 5_000, timeLimitMs: 50 });
    delayMs = 1_000;
    const began = performance.now();
    expect(await failure(get()))
      .to.be.instanceOf(HttpFailure)
      .and.include({ code: 'ETIMEDOUT' });
    expect(performance.now() - began).to.be.lessThan(500);
  });

  it('keeps the password out of its errors', async () => {
    connect({ user: 'somebody', password: 'very-secret' });
    status = 500;
    const error = await failure(get());
    expect(JSON.stringify(error) + String((error as Error).stack)).not.to.include('very-secret');
    expect((error as Error).cause).to.equal(undefined);
  });
});
