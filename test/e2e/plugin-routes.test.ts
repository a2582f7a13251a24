/** HTTP routes of plugins in the service that runs, over real connections, with what attackers send. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { blocks } from '../repo/support/markdown.js';
import { read } from '../repo/support/tree.js';
import { until } from '../worlds/media.js';
import { writePluginPackage } from '../worlds/plugin-package.js';
import { rawRequest } from '../worlds/raw-http.js';
import { startService, type RunningService } from '../worlds/service.js';

const PAGE = 'docs/plugins/capabilities.md';
const ROLES = ['viewer', 'operator', 'admin'] as const;
const CAPABILITIES = ['routes', 'public-routes'];
const WITHIN_MS = 30_000;

interface Camera {
  readonly device: string;
  readonly status: string;
}
interface Status {
  readonly components: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
}

describe('plugins with routes', function () {
  this.timeout(180_000);
  let dir: string;
  let service: RunningService;
  const tokens: Record<string, string> = {};
  let seen = '';
  let unseen = '';

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cs-routed-'));
    const code = read('test/worlds/routed-plugin.mjs');
    const named = (name: string): string => code.replace("name: 'routed'", `name: '${name}'`);
    await writePluginPackage(dir, 'routed', { code, capabilities: CAPABILITIES });
    await writePluginPackage(dir, 'closed', { code: named('closed'), capabilities: CAPABILITIES });
    await writePluginPackage(dir, 'poor', { code: named('poor'), capabilities: ['routes'] });
    const [, motion] = blocks(read(PAGE)).filter(({ language }) => language === 'js');
    await writePluginPackage(dir, 'motion', { code: motion?.text ?? '', capabilities: CAPABILITIES });
    const cameras = ['Front', 'Back'].map((name) => ({ name, width: 320, height: 240, fps: 10 }));
    service = await startService({
      waitFor: 'serving',
      withinMs: 60_000,
      env: { MOTION_SECRET: 'shared' },
      set: {
        'plugins.load': ['routed', 'closed', 'poor', 'motion'].map((name) => join(dir, name)).join(','),
        'plugins.deny': 'closed/public-routes',
        'synthetic.cameras': JSON.stringify(cameras),
      },
    });
    for (const role of ROLES) tokens[role] = await service.token(role);
    const viewer = await service.client('viewer');
    const found = async (): Promise<string[]> => {
      const { cameras: all } = await viewer.call<{ cameras: Camera[] }>('get_camera_list');
      return all.flatMap(({ device, status }) => (status === 'CONNECTED' ? [device] : []));
    };
    await until('two cameras', async () => (await found()).length === 2, WITHIN_MS);
    [seen = '', unseen = ''] = await found();
    tokens['scoped'] = await service.token('viewer', { cameras: [seen] });
  });

  after(async () => {
    await service?.kill();
    await rm(dir, { recursive: true, force: true });
  });

  const ask = (path: string, who?: string, init: RequestInit = {}): Promise<Response> => {
    const login: Record<string, string> =
      who === undefined ? {} : { authorization: `Bearer ${tokens[who] ?? ''}` };
    return fetch(`${service.httpUrl}/plugins/routed${path}`, {
      ...init,
      headers: { ...login, ...init.headers },
    });
  };
  const codeOf = async (response: Response): Promise<unknown> => {
    const { error } = (await response.json()) as { error?: { code: string } };
    return error?.code;
  };
  it('work as the page about them says', async () => {
    const at = `${service.httpUrl}/plugins/motion`;
    const body = JSON.stringify({ motion: true });
    const hook = async (signature: string): Promise<number> => {
      const headers = { 'x-signature': signature };
      return (await fetch(`${at}/hook/${seen}`, { method: 'POST', body, headers })).status;
    };
    expect(await hook('00')).to.equal(403);
    expect(await hook(createHmac('sha256', 'shared').update(body).digest('hex'))).to.equal(204);
    const headers = { authorization: `Bearer ${tokens['scoped'] ?? ''}` };
    const told = async (device: string) =>
      (await fetch(`${at}/cameras/${device}`, { headers })).json() as Promise<{ last?: string }>;
    expect((await told(seen)).last).to.match(/^2\d{3}-/);
    expect(await told(unseen)).to.have.nested.property('error.code', 'CAMERA_NOT_FOUND');
  });

  for (const needed of ROLES)
    for (const have of ROLES)
      it(`admit or refuse ${have} where ${needed} is needed`, async () => {
        const { status } = await ask(`/as/${needed}`, have);
        expect(status).to.equal(ROLES.indexOf(have) >= ROLES.indexOf(needed) ? 200 : 403);
      });

  it('ask for a credential, unless they are public', async () => {
    const nobody = await ask('/as/viewer');
    expect([nobody.status, nobody.headers.get('www-authenticate')]).to.deep.equal([
      401,
      'Bearer realm="camera-service"',
    ]);
    expect((await ask('/as/public')).status).to.equal(200);
    const closed = (path: string, headers = {}): Promise<Response> =>
      fetch(`${service.httpUrl}/plugins/closed${path}`, { headers });
    expect((await closed('/as/public')).status).to.equal(404);
    expect(
      (await closed('/as/viewer', { authorization: `Bearer ${tokens['viewer'] ?? ''}` })).status,
    ).to.equal(200);
  });

  it('are refused to a plugin whose manifest does not name them', async () => {
    const client = await service.client('viewer');
    const { components } = await client.call<Status>('get_status');
    expect(components[`plugin:${join(dir, 'poor')}`]?.reason).to.match(
      /public route "GET \/as\/public" without the capability "public-routes"/,
    );
  });

  it('keep credentials and cookies from the plugin', async () => {
    const headers = { cookie: 'session=abc', 'x-api-key': 'key', 'x-mark': 'm' };
    for (const path of ['/as/viewer', '/as/public']) {
      const text = await (await ask(`${path}?ticket=hidden&a=1`, 'operator', { headers })).text();
      for (const secret of ['Bearer', tokens['operator'] ?? '-', 'session', 'hidden', '"key"'])
        expect(text).not.to.include(secret);
      expect(JSON.parse(text)).to.deep.include({
        headers: { accept: '*/*', 'x-mark': 'm' },
        query: { a: '1' },
      });
    }
    const told = (await (await ask('/as/viewer', 'operator')).json()) as { caller: object };
    expect(told.caller).to.deep.equal({ id: 'test-operator', role: 'operator' });
  });

  it('keep to the cameras that the caller may see', async () => {
    expect((await ask(`/devices/${seen}`, 'scoped')).status).to.equal(200);
    for (const path of [`/devices/${unseen}`, `/as/viewer?device=${unseen}`]) {
      const refused = await ask(path, 'scoped');
      expect([refused.status, await codeOf(refused)]).to.deep.equal([404, 'CAMERA_NOT_FOUND']);
    }
    expect((await ask('/devices/nobody', 'admin')).status).to.equal(404);
  });

  for (const target of [
    '/plugins/routed/../routed/as/public',
    '/plugins/routed/%2e%2e/%2e%2e/openrpc.json',
    '/plugins/routed/..%2f..%2fopenrpc.json',
    '/plugins/routed/notes/..%5c..%5cetc',
    '/plugins/routed/notes/%252e%252e',
    '/plugins/routed/notes/%252e%252e%252f%252e%252e%252fetc%252fpasswd',
    '/plugins/routed/notes/%00',
    '/plugins/routed/notes/a%0d%0aSet-Cookie:%20a=b',
    '/plugins/routed/notes/\u0000',
    '/plugins/routed/notes/%c0%ae%c0%ae',
    '/plugins//routed/as/public',
    '/plugins/__proto__/as/public',
    '/plugins/./routed/as/public',
  ])
    it(`are not left by ${JSON.stringify(target)}`, async () => {
      const { status, head, body } = await rawRequest(service.ports.api, [`GET ${target} HTTP/1.1`]);
      expect(status).to.be.oneOf([400, 404]);
      expect(JSON.parse(body)).to.have.nested.property('error.code');
      expect(head).not.to.match(/set-cookie/i);
    });

  it('have a body within bounds, however it comes', async () => {
    const at = 'POST /plugins/routed/echo HTTP/1.1';
    const login = `Authorization: Bearer ${tokens['operator'] ?? ''}`;
    const small = await ask('/echo', 'operator', { method: 'POST', body: 'x'.repeat(100_000) });
    expect((await small.text()).length).to.equal(100_000);
    const said = await rawRequest(service.ports.api, [at, login, 'Content-Length: 100001'], {
      body: 'x'.repeat(100_001),
    });
    expect([said.status, said.body]).to.satisfy(
      ([status, body]: [number, string]) => status === 413 && body.includes('TOO_LARGE'),
    );
    const piece = `${(50_001).toString(16)}\r\n${'x'.repeat(50_001)}\r\n`;
    const chunked = await rawRequest(service.ports.api, [at, login, 'Transfer-Encoding: chunked'], {
      body: `${piece}${piece}0\r\n\r\n`,
    });
    expect(chunked.status).to.equal(413);
    // Whoever may not call is not read.
    const nobody = await rawRequest(service.ports.api, [at, 'Content-Length: 100001'], {
      body: 'x'.repeat(1_000),
    });
    expect(nobody.status).to.equal(401);
  });

  it('answer HEAD, other methods and what is not there', async () => {
    const head = await ask('/page', 'viewer', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).to.deep.equal([
      200,
      '12',
      '',
    ]);
    const put = await ask('/page', 'viewer', { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    expect((await ask('/none', 'viewer')).status).to.equal(404);
    expect((await fetch(`${service.httpUrl}/plugins/none/x`)).status).to.equal(404);
  });

  it('answer a page that can do nothing to the API', async () => {
    const page = await ask('/page', 'viewer');
    expect(Object.fromEntries(page.headers)).to.include({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });

  for (const [fault, words] of Object.entries({
    throws: /threw: the secret/,
    hangs: /did not answer within 300 ms/,
    splits: /the header \\?"location\\?" is no plain text/,
    cookie: /the header \\?"set-cookie\\?" is not one/,
    huge: /body is longer than/,
  }))
    it(`cost only their own answer: ${fault}`, async () => {
      const response = await ask(`/faulty/${fault}`, 'viewer');
      const text = await response.text();
      expect([response.status, text]).to.satisfy(([status]: [number]) => status === 503);
      expect(text)
        .to.include('DEPENDENCY_FAILED')
        .and.not.match(/secret|script/);
      expect(response.headers.get('set-cookie')).to.equal(null);
      const line = new RegExp(
        `plugin=routed subject="route GET /faulty/${fault}" reason="(?:returned [^:]*: )?${words.source}`,
      );
      expect(service.output()).to.match(line);
      expect((await ask('/as/viewer', 'viewer')).status).to.equal(200);
    });

  it('stream until the client leaves, and the plugin hears of it', async () => {
    const leaving = new AbortController();
    const { body } = await ask('/stream', 'viewer', { signal: leaving.signal });
    const reader = (body ?? expect.fail('no body')).getReader();
    for (let got = 0; got < 20_000;) got += (await reader.read()).value?.length ?? 0;
    leaving.abort();
    await reader.read().catch(() => undefined);
    const left = async (): Promise<number> => Number(await (await ask('/left', 'viewer')).text());
    await until('the plugin hears of it', async () => (await left()) === 1, WITHIN_MS);
  });

  it('are cut when they stall, so that nobody takes a part for the whole', async () => {
    const stalled = await ask('/stalls', 'viewer');
    const cut = await stalled.text().then(
      () => 'complete',
      () => 'cut',
    );
    expect(cut).to.equal('cut');
    await until('a complaint', async () => /sent nothing for 300 ms/.test(service.output()), WITHIN_MS);
  });

  it('leave a figure, and a record where they say so', async () => {
    const metrics = await (await fetch(`${service.healthUrl}/metrics`)).text();
    expect(metrics).to.match(
      /camera_service_plugin_requests_total\{plugin="routed",outcome="CAMERA_NOT_FOUND"\} \d/,
    );
  });

  it('go and come with their plugin, also in another edition', async () => {
    const admin = await service.client('admin');
    const set = (changes: object): Promise<unknown> =>
      admin.call('set_plugin', { name: 'routed', ...changes });
    const { body } = await ask('/stream', 'viewer');
    const reader = (body ?? expect.fail('no body')).getReader();
    await reader.read();
    await set({ enabled: false });
    expect((await ask('/as/public')).status).to.equal(404);
    const rest = async (): Promise<string> => {
      for (;;) if ((await reader.read()).done) return 'complete';
    };
    expect(await rest().catch(() => 'cut')).to.equal('cut');
    await set({ enabled: true });
    expect(await (await ask('/edition', 'viewer')).text()).to.equal('first');
    const code = read('test/worlds/routed-plugin.mjs').replace("'first'", "'second'");
    await writePluginPackage(dir, 'routed', { code, capabilities: CAPABILITIES });
    await set({ enabled: true, reload: true });
    expect(await (await ask('/edition', 'viewer')).text()).to.equal('second');
  });

  it('do not keep the service from ending', async () => {
    const { body } = await ask('/stream', 'viewer');
    await body?.getReader().read();
    void ask('/faulty/hangs', 'viewer').catch(() => undefined);
    const { code, orphans } = await service.stop();
    expect(code).to.equal(0);
    expect(orphans).to.deep.equal([]);
  });
});
