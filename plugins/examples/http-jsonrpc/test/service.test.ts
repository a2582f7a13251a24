/** The transport in the running service, used by curl and by fetch. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startService, until, type TestService } from 'mediamtx-camera-service/testing';
import { HttpClient } from './http-client.js';

const run = promisify(execFile);
const WITHIN_MS = 20_000;
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

describe('the service over HTTP', () => {
  let service: TestService;
  let url: string;
  let token: string;

  before(async function () {
    this.timeout(60_000);
    service = await startService({
      plugins: ['.'],
      set: {
        'adapters.transport': 'ws-jsonrpc,http-files,http-health,http-jsonrpc',
        'Transport/http-jsonrpc.heartbeat_ms': '200',
        'Transport/http-jsonrpc.login_timeout_ms': '400',
      },
    });
    url = `${service.apiUrl}/rpc`;
    token = await service.token('operator');
  });
  after(() => service.stop());

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    });
  const curl = async (...args: readonly string[]): Promise<string> =>
    (await run('curl', ['-sS', '--max-time', '20', '-H', 'Content-Type: application/json', ...args, url]))
      .stdout;

  it('answers curl: a call, a batch, a notification', async () => {
    expect(JSON.parse(await curl('-d', JSON.stringify(PING)))).to.deep.equal({
      jsonrpc: '2.0',
      id: 1,
      result: 'pong',
    });
    const login = ['-H', `Authorization: Bearer ${token}`];
    const list = { jsonrpc: '2.0', id: 'list', method: 'get_camera_list' };
    const answers = JSON.parse(await curl(...login, '-d', JSON.stringify([PING, list]))) as {
      id: unknown;
      result: unknown;
    }[];
    expect(answers.map(({ id }) => id)).to.have.members([1, 'list']);
    const note = JSON.stringify({ jsonrpc: '2.0', method: 'ping' });
    expect(await curl('-w', '%{http_code}', '-d', note)).to.equal('204');
  });

  it('answers fetch with the codes of the service', async () => {
    const list = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'get_camera_list' });
    const codeOf = async (response: Response): Promise<unknown> =>
      ((await response.json()) as { error?: { data: { code: string } } }).error?.data.code;
    expect(await codeOf(await post(list))).to.equal(undefined);
    expect(await codeOf(await post(list, { authorization: '' }))).to.equal('AUTH_REQUIRED');
    expect(await codeOf(await post(list, { authorization: 'Bearer wrong' }))).to.equal('AUTH_FAILED');
    expect(await codeOf(await post(list, { authorization: '', 'x-api-key': 'wrong' }))).to.equal(
      'AUTH_FAILED',
    );
    expect(await codeOf(await post('{'))).to.equal('PARSE_ERROR');
  });

  it('refuses what is no call', async () => {
    expect((await fetch(url)).status).to.equal(405);
    expect((await post(JSON.stringify(PING), { 'content-type': 'text/plain' })).status).to.equal(415);
    expect((await post(JSON.stringify({ ...PING, params: { text: 'x'.repeat(600_000) } }))).status).to.equal(
      413,
    );
    expect((await post(JSON.stringify(PING), { 'rpc-session': 'guessed' })).status).to.equal(404);
    expect((await fetch(`${url}/nothing`)).status).to.equal(404);
  });

  it('sends the events that were asked for, with heartbeats between them', async () => {
    const client = await HttpClient.connect(url, { credential: token, query: '?topics=snapshot.*' });
    try {
      await service.call('take_snapshot', { device: 'camera0' });
      await until('an event', () => client.events.some(({ event }) => event === 'snapshot.taken'), WITHIN_MS);
      const taken = client.events.find(({ event }) => event === 'snapshot.taken');
      expect(taken?.data).to.deep.include({ jsonrpc: '2.0', method: 'snapshot.taken' });
      await until('two heartbeats', () => client.heartbeats >= 2, WITHIN_MS);
    } finally {
      client.close();
    }
  });

  it('subscribes in the session of the stream, which is nobody else’s', async () => {
    const client = await HttpClient.connect(url, { credential: token, headers: { 'last-event-id': '7' } });
    try {
      expect(client.events.map(({ event }) => event)).to.include('gap');
      expect((await client.call('subscribe_events', { topics: ['snapshot.taken'] })).error).to.equal(
        undefined,
      );
      await service.call('take_snapshot', { device: 'camera0' });
      await until('an event', () => client.events.some(({ event }) => event === 'snapshot.taken'), WITHIN_MS);
      const { session } = client.events[0]?.data as { session: string };
      expect(
        (await post(JSON.stringify(PING), { 'rpc-session': session, authorization: '' })).status,
      ).to.equal(404);
    } finally {
      client.close();
    }
  });

  it('opens no stream of events for somebody who may not have them', async () => {
    const answer = await fetch(`${url}/events?topics=camera.*`);
    expect(answer.status).to.equal(401);
    expect(await answer.json()).to.have.nested.property('error.data.code', 'AUTH_REQUIRED');
    const badTopic = await fetch(`${url}/events?topics=nothing`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(badTopic.status).to.equal(400);
    const stranger = await HttpClient.connect(url);
    await stranger.closed;
  });
});
