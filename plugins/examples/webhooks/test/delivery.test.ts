/** Deliveries to a real HTTP server that fails in every way that it can. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isPortError, type Transport } from 'mediamtx-camera-service/plugin-api';
import { testEndpoint, testParts, until, type TestEndpoint } from 'mediamtx-camera-service/testing';
import type { EndpointOptions, WebhookOptions } from '../src/options.js';
import { createTransport } from '../src/transport.js';
import { accept, answering, SECRET, startReceiver, type Receiver } from './receiver.js';

const WITHIN_MS = 10_000;
const never = (): AbortSignal => new AbortController().signal;

describe('webhooks', () => {
  let receiver: Receiver;
  let endpoint: TestEndpoint;
  let parts: ReturnType<typeof testParts>;
  let transport: Transport;

  const begin = async (
    more: Partial<WebhookOptions> = {},
    ...endpoints: readonly Partial<EndpointOptions>[]
  ): Promise<void> => {
    const usual = { name: 'main', url: receiver.url, secret: SECRET, topics: ['*'], devices: [] };
    const listed = endpoints.length === 0 ? [usual] : endpoints.map((each) => ({ ...usual, ...each }));
    const config = {
      api_key: 'key',
      endpoints: listed,
      ...{ timeout_ms: 500, first_retry_ms: 10, max_retry_ms: 40, max_attempts: 50, queue_limit: 100 },
      ...more,
    };
    transport = createTransport(config, parts);
    await transport.start(endpoint.service, never());
  };
  const emit = (count: number): void => {
    for (let n = 0; n < count; n += 1) endpoint.emit('camera.connected', { device: 'camera0', n });
  };
  const numbers = (): unknown[] => receiver.received.map(({ event }) => (event.data as { n: number }).n);
  const arrive = (count: number): Promise<void> =>
    until(`${String(count)} events`, () => receiver.received.length >= count, WITHIN_MS);
  const deadLetters = (): string[] =>
    readFileSync(join(parts.directories.logs, 'webhooks-dead-letters.jsonl'), 'utf8').trim().split('\n');

  beforeEach(async () => {
    receiver = await startReceiver();
    endpoint = testEndpoint({ credential: 'key' });
    parts = testParts();
  });
  afterEach(async () => {
    await transport.stop(never());
    await receiver.close();
    parts.remove();
  });

  it('signs each event so that the library of Standard Webhooks accepts it, and keeps their order', async () => {
    await begin();
    emit(5);
    await arrive(5);
    expect(numbers()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(receiver.forged).to.deep.equal([]);
    const [first] = receiver.received;
    expect(first?.event).to.deep.include({ type: 'camera.connected' });
    expect(first?.event.data).to.deep.equal({ device: 'camera0', n: 0, sequence: 1 });
  });

  it('posts to each endpoint what its topics and devices say, and one does not wait for another', async () => {
    receiver.answer = (response, { path }) => void (path === '/slow' || response.writeHead(200).end());
    const slow = { name: 'slow', url: receiver.url.replace('/hook', '/slow') };
    const picky = { name: 'picky', topics: ['recording.*'], devices: ['camera1'] };
    await begin({ timeout_ms: 60_000 }, slow, picky);
    endpoint.emit('recording.start', { device: 'camera0' });
    endpoint.emit('camera.connected', { device: 'camera1' });
    endpoint.emit('recording.start', { device: 'camera1' });
    await until('both endpoints are asked', () => receiver.received.length >= 2, WITHIN_MS);
    const picked = receiver.received.filter(({ path }) => path === '/hook');
    expect(picked.map(({ event }) => event.data)).to.deep.equal([{ device: 'camera1', sequence: 3 }]);
  });

  for (const [what, refuse] of [
    ['fails', answering(500)],
    ['is overloaded', answering(503, { 'retry-after': '0.01' })],
    ['redirects to another host', answering(307, { location: 'http://127.0.0.1:1/elsewhere' })],
    ['hangs', () => undefined],
    ['breaks the connection', (response: { destroy(): void }) => response.destroy()],
  ] as const)
    it(`repeats an event with the same id, and keeps the order, while the endpoint ${what}`, async () => {
      receiver.answer = refuse;
      await begin({ timeout_ms: 200 });
      emit(3);
      await arrive(3);
      receiver.answer = accept;
      const refused = receiver.received.length;
      await until('the last event', () => numbers().includes(2), WITHIN_MS);
      const ids = new Set(receiver.received.slice(0, refused).map(({ id }) => id));
      expect(ids.size).to.equal(1);
      expect([...new Set(numbers())]).to.deep.equal([0, 1, 2]);
    });

  it('keeps what waits over a restart', async () => {
    receiver.answer = answering(500);
    await begin();
    emit(3);
    await arrive(1);
    await transport.stop(never());
    receiver.answer = accept;
    const before = receiver.received.length;
    await begin();
    await until('the last event', () => numbers().slice(before).length === 3, WITHIN_MS);
    expect(numbers().slice(before)).to.deep.equal([0, 1, 2]);
    expect(receiver.received[before]?.id).to.equal(receiver.received[0]?.id);
  });

  it('disables an endpoint that answers 410, also after a restart, until its URL changes', async () => {
    receiver.answer = answering(410);
    await begin();
    emit(1);
    await until('a dead letter', () => tryOr(() => deadLetters().length === 1), WITHIN_MS);
    await transport.stop(never());
    await begin();
    emit(1);
    await transport.stop(never());
    expect(receiver.received).to.have.lengthOf(1);
    receiver.answer = accept;
    await begin({}, { url: `${receiver.url}/moved` });
    emit(1);
    await arrive(2);
    expect(receiver.received[1]?.path).to.equal('/hook/moved');
  });

  it('gives an event up after the last attempt, writes it to the dead letters, and goes on', async () => {
    receiver.answer = (response, { event }) =>
      void response.writeHead((event.data as { n: number }).n === 0 ? 500 : 200).end();
    await begin({ max_attempts: 3 });
    emit(2);
    await arrive(4);
    expect(numbers()).to.deep.equal([0, 0, 0, 1]);
    expect(JSON.parse(deadLetters()[0] ?? '')).to.include({
      endpoint: 'main',
      why: 'the endpoint answered 500',
      id: receiver.received[0]?.id,
    });
  });

  it('keeps no more than its limit, and drops the oldest into the dead letters', async () => {
    receiver.answer = () => undefined;
    await begin({ queue_limit: 2, timeout_ms: 60_000 });
    emit(4);
    await until('two dead letters', () => tryOr(() => deadLetters().length === 2), WITHIN_MS);
    const dropped = deadLetters().map((line) => (JSON.parse(line) as { body: string }).body);
    expect(dropped.map((body) => (JSON.parse(body) as { data: { n: number } }).data.n)).to.deep.equal([0, 1]);
  });

  it('does not start with a key that the service refuses', async () => {
    const error: unknown = await begin({ api_key: 'wrong' }).catch((cause: unknown) => cause);
    expect(isPortError(error, 'CREDENTIALS_REFUSED'), String(error)).to.equal(true);
    expect(String(error)).not.to.include('wrong');
  });
});

function tryOr(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}
