/** The sections of the transport contract for files and health over HTTP. */
import { expect } from 'chai';
import type { ScriptedService } from './transport.service.js';
import type { TestHttpAnswer, TransportSetting, When } from './transport.world.js';
import { describe } from './runner.contract.js';

interface Scene {
  readonly setting: TransportSetting;
  readonly service: ScriptedService;
}

const AUTH = { authorization: 'Bearer let-me-in' };

export function fileSection(when: When, scene: () => Scene): void {
  const started = async (): Promise<Scene> => {
    const { setting, service } = scene();
    await setting.transport.start(service, new AbortController().signal);
    return { setting, service };
  };
  describe('files', () => {
    const get = (path: string, headers: Record<string, string> = {}): Promise<TestHttpAnswer> =>
      scene().setting.request({ path, headers: { ...AUTH, ...headers } });
    const clip = '/files/recordings/clip.mp4';

    when('files', '[file-whole] sends a file with its length, type, entity tag and name', async () => {
      const { service } = await started();
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
    when('files', '[file-empty] sends an empty file', async () => {
      await started();
      const answer = await get('/files/recordings/empty.mp4');
      expect([answer.status, answer.body.length, answer.headers['content-length']]).to.deep.equal([
        200,
        0,
        '0',
      ]);
    });
    when('files', '[file-head] answers HEAD with only the headers', async () => {
      const { setting } = await started();
      const answer = await setting.request({ method: 'HEAD', path: clip, headers: AUTH });
      expect([answer.status, answer.headers['content-length'], answer.body.length]).to.deep.equal([
        200,
        '1000',
        0,
      ]);
    });
    when('files', '[file-range] sends the requested range', async () => {
      const { service } = await started();
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
    when('files', '[file-range-odd] ignores malformed ranges, multiple ranges and other units', async () => {
      await started();
      for (const range of ['bytes=5-2', 'bytes=a-b', 'lines=0-1', 'bytes=0-1,5-6', 'bytes=-', '']) {
        const answer = await get(clip, { range });
        expect([answer.status, answer.body.length], range).to.deep.equal([200, 1000]);
      }
    });
    when(
      'files',
      '[file-range-416] refuses a range beyond the end and reports the size of the file',
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
    when(
      'files',
      '[file-conditional] evaluates conditional requests (304, 412, If-Range) by entity tag and by date',
      async () => {
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
      },
    );
    when(
      'files',
      '[file-credentials] passes on Bearer token, API key and ticket, and refuses as the service decides',
      async () => {
        const { setting } = await started();
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
    when('files', '[file-errors] answers failures with their status and stable code', async () => {
      const { setting } = await started();
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
    when('files', '[file-names] never requests a file by a name that is a path', async () => {
      const { service } = await started();
      const names = ['..%2f..%2fetc%2fpasswd', '%2e%2e/x', 'a%2fb', '%00', '%', '%ff', '', 'a/b', '..%5cx'];
      for (const name of names) {
        const answer = await get(`/files/recordings/${name}`);
        expect(answer.status, name).to.be.oneOf([400, 404]);
        expect(errorCode(answer), name).to.be.a('string');
      }
      expect((await get('/files/secrets/clip.mp4')).status).to.equal(404);
      expect(service.fileRequests).to.deep.equal([]);
    });
    when('files', '[file-delete] deletes files, and supports no other methods', async () => {
      const { setting, service } = await started();
      const deleted = await setting.request({ method: 'DELETE', path: clip, headers: AUTH });
      expect([deleted.status, service.stored.has('clip.mp4')]).to.deep.equal([200, false]);
      const put = await setting.request({ method: 'PUT', path: clip, headers: AUTH });
      expect([put.status, put.headers['allow']]).to.deep.equal([405, 'GET, HEAD, DELETE']);
    });
    when('files', '[file-stopped] does not answer after stop', async () => {
      const { setting } = await started();
      await setting.transport.stop(new AbortController().signal);
      expect((await get(clip)).status).to.equal(404);
    });
  });
}

export function healthSection(when: When, scene: () => Scene): void {
  const started = async (): Promise<Scene> => {
    const { setting, service } = scene();
    await setting.transport.start(service, new AbortController().signal);
    return { setting, service };
  };
  describe('health', () => {
    const statuses = async (): Promise<number[]> => {
      const paths = ['/health', '/health/live', '/health/ready', '/health/detailed'];
      const answers = await Promise.all(paths.map((path) => scene().setting.request({ path })));
      return answers.map((answer) => answer.status);
    };
    when(
      'health',
      '[health-status] reports with the status whether the service is live, ready and healthy',
      async () => {
        const { service } = await started();
        expect(await statuses()).to.deep.equal([200, 200, 200, 200]);
        service.report = { status: 'DEGRADED', ready: false, components: {} };
        expect(await statuses()).to.deep.equal([200, 200, 503, 200]);
        service.report = { status: 'UNHEALTHY', ready: true, components: {} };
        expect(await statuses()).to.deep.equal([503, 200, 200, 503]);
      },
    );
    when('health', '[health-detail] shows components only in the detailed report', async () => {
      const { setting, service } = await started();
      const components = { disk: { state: 'DEGRADED', since: '2026-01-01T00:00:00.000Z', reason: 'full' } };
      service.report = { status: 'DEGRADED', ready: true, components };
      const detailed = await setting.request({ path: '/health/detailed' });
      expect(json(detailed)).to.deep.include({ components });
      expect(json(await setting.request({ path: '/health' }))).not.to.have.property('components');
    });
    when('health', '[metrics] sends the text of the metrics with its content type', async () => {
      const { setting } = await started();
      const answer = await setting.request({ path: '/metrics' });
      expect(Buffer.from(answer.body).toString()).to.equal('up 1\n');
      expect(answer.headers['content-type']).to.equal('text/plain; version=0.0.4');
    });
  });
}

function json(answer: TestHttpAnswer): Record<string, unknown> {
  return JSON.parse(Buffer.from(answer.body).toString()) as Record<string, unknown>;
}

function errorCode(answer: TestHttpAnswer): unknown {
  return (json(answer)['error'] as Record<string, unknown> | undefined)?.['code'];
}
