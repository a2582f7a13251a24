/** What every transport promises. Sections apply by what a transport says it supports. */
import { expect } from 'chai';
import type { Peer, ServiceEndpoint, Transport } from '../../ports/index.js';
import { ScriptedService } from './transport.service.js';

export interface TestAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly metadata?: unknown;
}

export interface TestClient {
  call(method: string, params?: unknown): Promise<TestAnswer>;
  onNotification(listener: (notification: { method: string; params: unknown }) => void): void;
  readonly closed: Promise<unknown>;
  close(): void;
}

export interface TestHttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface TestHttpRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A transport not yet started, and a client's means to reach it. */
export interface TransportWorld {
  /** What the transport under test must say it supports; sections for anything else are not registered. */
  readonly supports: Transport['supports'];
  create(): Promise<TransportSetting>;
  readonly withinMs: number;
}

export interface TransportSetting {
  readonly transport: Transport;
  /** For transports with calls. Rejects when the transport does not accept. */
  connect(credential?: string): Promise<TestClient>;
  /** For transports with files or health. */
  request(request: TestHttpRequest): Promise<TestHttpAnswer>;
  dispose(): Promise<void>;
}

const never = (): AbortSignal => new AbortController().signal;
const AUTH = { authorization: 'Bearer let-me-in' };

export function transportContract(name: string, world: TransportWorld): void {
  describe(`Transport: ${name}`, () => {
    let setting: TransportSetting;
    let service: ScriptedService;
    const started = (): Promise<void> => setting.transport.start(service as ServiceEndpoint, never());

    beforeEach(async () => {
      setting = await world.create();
      service = new ScriptedService();
    });
    afterEach(async () => {
      service.release();
      await setting.transport.stop(AbortSignal.abort());
      await setting.dispose();
    });

    /** Registers a case that applies only where the transport offers it. */
    const when = (ability: keyof Transport['supports'], title: string, body: () => Promise<void>): void => {
      if (world.supports[ability]) it(title, body);
    };
    const soon = (isTrue: () => boolean, what: string): Promise<void> =>
      eventually(isTrue, what, world.withinMs);

    describe('lifecycle', () => {
      it('[stop-without-start] stops without having been started, twice', async () => {
        await setting.transport.stop(never());
        await setting.transport.stop(never());
      });
      it('[start-aborted] refuses to start when aborted already', async () => {
        const reason = new Error('not wanted');
        const error = await rejection(setting.transport.start(service, AbortSignal.abort(reason)));
        expect(error).to.equal(reason);
      });
      it('[addresses] tells where it is, from start to stop', async () => {
        expect(setting.transport.addresses()).to.deep.equal([]);
        await started();
        expect(setting.transport.addresses()).to.have.length.above(0);
        await setting.transport.stop(never());
        expect(setting.transport.addresses()).to.deep.equal([]);
      });
      it('[supports] says what it offers', () => {
        expect(setting.transport.supports).to.deep.equal(world.supports);
      });
    });

    describe('calls', () => {
      when('calls', '[call] carries parameters in and the result out', async () => {
        await started();
        const client = await setting.connect();
        const params = { text: 'ä☃𝄞"\\', deep: { list: [1, 2.5, null, true] } };
        expect((await client.call('echo', params)).result).to.deep.equal(params);
        expect(service.calls[0]).to.deep.equal({ method: 'echo', params });
      });
      when('calls', '[no-params] leaves absent parameters absent', async () => {
        await started();
        const client = await setting.connect();
        await client.call('nothing');
        expect(service.calls[0]?.params).to.equal(undefined);
      });
      when('calls', '[null-result] answers null for a result that is undefined', async () => {
        await started();
        const client = await setting.connect();
        expect((await client.call('nothing')).result).to.equal(null);
      });
      when('calls', '[failure] carries a failure with its code, message and data', async () => {
        await started();
        const client = await setting.connect();
        const { error } = await client.call('refuse');
        expect(error).to.deep.include({ code: -32004, message: 'failed: RECORDING_IN_PROGRESS' });
        expect(error?.data).to.deep.include({ code: 'RECORDING_IN_PROGRESS', request_id: 'req-1' });
      });
      when('calls', '[metadata] carries metadata beside the result', async () => {
        await started();
        const client = await setting.connect();
        expect((await client.call('with-metadata')).metadata).to.deep.equal({ request_id: 'r1' });
      });
      when('calls', '[no-leak] answers INTERNAL without the words of an inner error', async () => {
        await started();
        const client = await setting.connect();
        const answer = await client.call('throw');
        expect(answer.error?.code).to.equal(-32603);
        expect(JSON.stringify(answer)).not.to.contain('secret');
        expect((await client.call('echo', { still: 'alive' })).result).to.deep.equal({ still: 'alive' });
      });
      when('calls', '[concurrent] answers each call when it is ready, not in turn', async () => {
        await started();
        const client = await setting.connect();
        const held = client.call('hold');
        expect((await client.call('echo', { a: 1 })).result).to.deep.equal({ a: 1 });
        service.release();
        expect((await held).result).to.equal('released');
      });
      when('calls', '[in-flight] refuses more calls at a time than allowed', async () => {
        await started();
        const client = await setting.connect();
        const held = Array.from({ length: service.rpc.limits.inFlight }, () => client.call('hold'));
        await soon(() => service.heldCalls === held.length, 'all calls arrive');
        const refused = await client.call('echo', {});
        expect(refused.error?.data).to.deep.include({ code: 'RATE_LIMITED' });
        service.release();
        for (const answer of await Promise.all(held)) expect(answer.result).to.equal('released');
        expect((await client.call('echo', {})).result).to.deep.equal({});
      });
      when(
        'calls',
        '[session-per-client] opens one session per client and closes it when the client leaves',
        async () => {
          await started();
          const [first] = [await setting.connect(), await setting.connect()];
          expect(service.sessions).to.have.lengthOf(2);
          first.close();
          await soon(() => service.sessions.some((session) => session.isClosed), 'the session is closed');
          expect(service.sessions.filter((session) => session.isClosed)).to.have.lengthOf(1);
        },
      );
      when('calls', '[gone-aborts] aborts the signal of calls whose client left', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold').catch(() => undefined);
        await soon(() => service.heldCalls === 1, 'the call arrives');
        client.close();
        await soon(() => service.abortedCalls === 1, 'the signal aborts');
        await running;
      });
      when('calls', '[peer] says who is there and with which credential', async () => {
        await started();
        await setting.connect('key-1');
        const peer = service.sessions[0]?.peer as Peer;
        expect(peer.transport).to.equal(setting.transport.name);
        expect(peer.address).to.be.a('string').that.is.not.equal('');
        expect(peer.credential).to.equal('key-1');
      });
      when('calls', '[open-throws] survives a session that cannot be opened', async () => {
        const { open } = service.rpc;
        const broken = { ...service.rpc, open: () => { throw new Error('no'); } }; // prettier-ignore
        let isBroken = true;
        const rpc = {
          ...service.rpc,
          open: (...args: Parameters<typeof open>) => (isBroken ? broken.open() : open(...args)),
        };
        await setting.transport.start({ rpc, files: service.files, health: service.health }, never());
        const lost = await setting.connect().then((client) => client.closed, () => 'refused'); // prettier-ignore
        expect(lost).not.to.equal(undefined);
        isBroken = false;
        const client = await setting.connect();
        expect((await client.call('echo', {})).result).to.deep.equal({});
      });
    });

    describe('events', () => {
      when('events', '[notify] brings notifications in order, to the client they are for', async () => {
        await started();
        const [first, second] = [await setting.connect(), await setting.connect()];
        const heard: unknown[] = [];
        const others: unknown[] = [];
        first.onNotification((notification) => heard.push(notification));
        second.onNotification((notification) => others.push(notification));
        const sent = [1, 2, 3].map((sequence) => ({ method: 'camera.connected', params: { sequence } }));
        for (const notification of sent) service.sessions[0]?.notify(notification);
        await soon(() => heard.length === 3, 'three notifications');
        expect(heard.map((one) => plain(one))).to.deep.equal(sent);
        expect(others).to.deep.equal([]);
      });
      when('events', '[notify-late] ignores notifications for clients that left', async () => {
        await started();
        const client = await setting.connect();
        client.close();
        await soon(() => service.sessions[0]?.isClosed === true, 'the session is closed');
        service.sessions[0]?.notify({ method: 'camera.connected', params: {} });
      });
    });

    describe('stop', () => {
      when('calls', '[stop-drains] lets calls under way answer', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold');
        await soon(() => service.heldCalls === 1, 'the call arrives');
        const stopped = setting.transport.stop(never());
        service.release();
        expect((await running).result).to.equal('released');
        await stopped;
        await client.closed;
      });
      when('calls', '[stop-refuses] refuses new clients and calls while it stops', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold');
        await soon(() => service.heldCalls === 1, 'the call arrives');
        const stopped = setting.transport.stop(never());
        const before = service.calls.length;
        const late = await client.call('echo', {});
        expect(late.error?.data).to.deep.include({ code: 'INVALID_STATE' });
        expect(service.calls).to.have.lengthOf(before);
        expect(await rejection(setting.connect())).to.be.instanceOf(Error);
        service.release();
        await running;
        await stopped;
      });
      when('calls', '[stop-aborted] ends at once when its time is used up', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold').catch(() => undefined);
        await soon(() => service.heldCalls === 1, 'the call arrives');
        await setting.transport.stop(AbortSignal.abort());
        await running;
        await client.closed;
        expect(service.sessions[0]?.isClosed).to.equal(true);
      });
      when('calls', '[restart] can be started again', async () => {
        await started();
        await setting.transport.stop(never());
        await started();
        const client = await setting.connect();
        expect((await client.call('echo', {})).result).to.deep.equal({});
      });
    });

    describe('files', () => {
      const get = (path: string, headers: Record<string, string> = {}): Promise<TestHttpAnswer> =>
        setting.request({ path, headers: { ...AUTH, ...headers } });
      const clip = '/files/recordings/clip.mp4';

      when('files', '[file-whole] brings a file with its length, type, tag and name', async () => {
        await started();
        const answer = await get(clip);
        expect(answer.status).to.equal(200);
        expect(Buffer.compare(answer.body, service.stored.get('clip.mp4') as Uint8Array)).to.equal(0);
        expect(answer.headers).to.include({
          'content-length': '1000',
          'content-type': 'video/mp4',
          etag: '"v1"',
        });
        expect(answer.headers['last-modified']).to.equal('Fri, 02 Jan 2026 03:04:05 GMT');
        expect(answer.headers['content-disposition']).to.equal('attachment; filename="clip.mp4"');
      });
      when('files', '[file-empty] brings an empty file', async () => {
        await started();
        const answer = await get('/files/recordings/empty.mp4');
        expect([answer.status, answer.body.length, answer.headers['content-length']]).to.deep.equal([
          200,
          0,
          '0',
        ]);
      });
      when('files', '[file-head] answers HEAD with the headers alone', async () => {
        await started();
        const answer = await setting.request({ method: 'HEAD', path: clip, headers: AUTH });
        expect([answer.status, answer.headers['content-length'], answer.body.length]).to.deep.equal([
          200,
          '1000',
          0,
        ]);
      });
      when('files', '[file-range] brings the part that is asked for', async () => {
        await started();
        const cases: readonly [string, number, number][] = [
          ['bytes=0-0', 0, 0],
          ['bytes=10-19', 10, 19],
          ['bytes=990-', 990, 999],
          ['bytes=-5', 995, 999],
          ['bytes=-5000', 0, 999],
          ['bytes=900-5000', 900, 999],
        ];
        for (const [range, first, last] of cases) {
          const answer = await get(clip, { range });
          expect(answer.status, range).to.equal(206);
          expect(answer.headers['content-range']).to.equal(`bytes ${String(first)}-${String(last)}/1000`);
          const wanted = service.stored.get('clip.mp4')?.subarray(first, last + 1) as Uint8Array;
          expect(Buffer.compare(answer.body, wanted), range).to.equal(0);
        }
      });
      when(
        'files',
        '[file-range-odd] ignores ranges that are malformed, several or in other units',
        async () => {
          await started();
          for (const range of ['bytes=5-2', 'bytes=a-b', 'lines=0-1', 'bytes=0-1,5-6', 'bytes=-', '']) {
            const answer = await get(clip, { range });
            expect([answer.status, answer.body.length], range).to.deep.equal([200, 1000]);
          }
        },
      );
      when(
        'files',
        '[file-range-416] refuses a range beyond the end and says how long the file is',
        async () => {
          await started();
          for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
            const answer = await get(clip, { range });
            expect([answer.status, answer.headers['content-range']], range).to.deep.equal([
              416,
              'bytes */1000',
            ]);
          }
        },
      );
      when('files', '[file-conditional] answers 304, 412 and If-Range by tag and by date', async () => {
        await started();
        const modified = 'Fri, 02 Jan 2026 03:04:05 GMT';
        const earlier = 'Thu, 01 Jan 2026 00:00:00 GMT';
        const statusOf = async (headers: Record<string, string>): Promise<number> =>
          (await get(clip, headers)).status;
        expect(await statusOf({ 'if-none-match': 'W/"v1", "v0"' })).to.equal(304);
        expect(await statusOf({ 'if-none-match': '"v0"', 'if-modified-since': modified })).to.equal(200);
        expect(await statusOf({ 'if-modified-since': modified })).to.equal(304);
        expect(await statusOf({ 'if-modified-since': earlier })).to.equal(200);
        expect(await statusOf({ 'if-match': '"v0"' })).to.equal(412);
        expect(await statusOf({ range: 'bytes=0-1', 'if-range': '"v1"' })).to.equal(206);
        expect(await statusOf({ range: 'bytes=0-1', 'if-range': '"v0"' })).to.equal(200);
        expect(await statusOf({ range: 'bytes=0-1', 'if-range': modified })).to.equal(206);
      });
      when(
        'files',
        '[file-credentials] passes Bearer, API key and ticket on, and refuses as the service says',
        async () => {
          await started();
          const bare = await setting.request({ path: clip });
          expect([bare.status, bare.headers['www-authenticate']]).to.deep.equal([
            401,
            'Bearer realm="camera-service"',
          ]);
          expect(errorCode(bare)).to.equal('AUTH_REQUIRED');
          expect(
            (await setting.request({ path: clip, headers: { 'x-api-key': 'let-me-in' } })).status,
          ).to.equal(200);
          expect((await setting.request({ path: `${clip}?ticket=valid` })).status).to.equal(200);
          const wrong = await setting.request({ path: clip, headers: { authorization: 'Bearer other' } });
          expect([wrong.status, errorCode(wrong)]).to.deep.equal([403, 'PERMISSION_DENIED']);
        },
      );
      when('files', '[file-errors] answers failures with their status and stable word', async () => {
        await started();
        const busy = await setting.request({
          method: 'DELETE',
          path: '/files/recordings/busy.mp4',
          headers: AUTH,
        });
        expect([busy.status, errorCode(busy)]).to.deep.equal([409, 'RECORDING_IN_PROGRESS']);
        const missing = await get('/files/recordings/none.mp4');
        expect([missing.status, errorCode(missing)]).to.deep.equal([404, 'FILE_NOT_FOUND']);
        const limited = await get('/files/recordings/limited.mp4');
        expect([limited.status, limited.headers['retry-after']]).to.deep.equal([429, '2']);
        const broken = await get('/files/recordings/broken.mp4');
        expect([broken.status, errorCode(broken)]).to.deep.equal([500, 'INTERNAL']);
        expect(Buffer.from(broken.body).toString()).not.to.contain('secret');
      });
      when('files', '[file-names] never asks for a file by a name that is a path', async () => {
        await started();
        const names = ['..%2f..%2fetc%2fpasswd', '%2e%2e/x', 'a%2fb', '%00', '%', '%ff', '', 'a/b', '..%5cx'];
        for (const name of names) {
          const answer = await get(`/files/recordings/${name}`);
          expect(answer.status, name).to.be.oneOf([400, 404]);
          expect(errorCode(answer), name).to.be.a('string');
        }
        expect((await get('/files/secrets/clip.mp4')).status).to.equal(404);
        expect(service.fileRequests).to.deep.equal([]);
      });
      when('files', '[file-delete] deletes, and knows no other methods', async () => {
        await started();
        const deleted = await setting.request({ method: 'DELETE', path: clip, headers: AUTH });
        expect([deleted.status, service.stored.has('clip.mp4')]).to.deep.equal([200, false]);
        const put = await setting.request({ method: 'PUT', path: clip, headers: AUTH });
        expect([put.status, put.headers['allow']]).to.deep.equal([405, 'GET, HEAD, DELETE']);
      });
      when('files', '[file-stopped] answers no more after stop', async () => {
        await started();
        await setting.transport.stop(never());
        expect((await get(clip)).status).to.equal(404);
      });
    });

    describe('health', () => {
      const statuses = async (): Promise<number[]> => {
        const paths = ['/health', '/health/live', '/health/ready', '/health/detailed'];
        const answers = await Promise.all(paths.map((path) => setting.request({ path })));
        return answers.map((answer) => answer.status);
      };
      when('health', '[health-status] says by status whether it lives, is ready and is healthy', async () => {
        await started();
        expect(await statuses()).to.deep.equal([200, 200, 200, 200]);
        service.report = { status: 'DEGRADED', ready: false, components: {} };
        expect(await statuses()).to.deep.equal([200, 200, 503, 200]);
        service.report = { status: 'UNHEALTHY', ready: true, components: {} };
        expect(await statuses()).to.deep.equal([503, 200, 200, 503]);
      });
      when('health', '[health-detail] shows components in detail only', async () => {
        await started();
        const components = { disk: { state: 'DEGRADED', since: '2026-01-01T00:00:00.000Z', reason: 'full' } };
        service.report = { status: 'DEGRADED', ready: true, components };
        const detailed = await setting.request({ path: '/health/detailed' });
        expect(json(detailed)).to.deep.include({ components });
        expect(json(await setting.request({ path: '/health' }))).not.to.have.property('components');
      });
      when('health', '[metrics] gives the text of the metrics with its type', async () => {
        await started();
        const answer = await setting.request({ path: '/metrics' });
        expect(Buffer.from(answer.body).toString()).to.equal('up 1\n');
        expect(answer.headers['content-type']).to.equal('text/plain; version=0.0.4');
      });
    });
  });
}

/** Waits for the truth by looking often, with a stated deadline. */
async function eventually(isTrue: () => boolean, what: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it resolved');
}

function json(answer: TestHttpAnswer): Record<string, unknown> {
  return JSON.parse(Buffer.from(answer.body).toString()) as Record<string, unknown>;
}

function errorCode(answer: TestHttpAnswer): unknown {
  return (json(answer)['error'] as Record<string, unknown> | undefined)?.['code'];
}

function plain(value: unknown): unknown {
  const { method, params } = value as { method: unknown; params: unknown };
  return { method, params };
}
