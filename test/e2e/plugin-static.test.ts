/** A web application that a plugin brings: in the service that runs, in a real browser, and under the hands of attackers. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { openBrowser, type BrowserWorld } from '../worlds/browser.js';
import { until } from '../worlds/media.js';
import { writePluginPackage } from '../worlds/plugin-package.js';
import { rawRequest } from '../worlds/raw-http.js';
import { startService, type RunningService } from '../worlds/service.js';

const WITHIN_MS = 30_000;
const CAPABILITIES = ['routes', 'static'];

const CODE = `
export default {
  name: 'site',
  apiVersion: 1,
  setup(context) {
    context.static('public', { fallback: 'index.html' });
    context.route('GET', '/api/caller', {
      summary: 'Tells a page who has opened it.',
      role: 'viewer',
      audited: false,
      handler: ({ caller }) => ({ body: caller.id }),
    });
  },
};`;

/** What an application does: it loads its parts, logs in, calls the API and its own routes. */
const APP = `
const base = new URL('.', document.currentScript.src);
const token = location.hash.slice(1);
const told = {};
const tell = (facts) => { Object.assign(told, facts); document.title = JSON.stringify(told); };
const socket = new WebSocket(base.origin.replace('http', 'ws') + '/ws');
socket.onopen = () => {
  const call = (id, method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  call(1, 'authenticate', { auth_token: token });
  call(2, 'ping');
};
socket.onmessage = ({ data }) => { if (JSON.parse(data).id === 2) tell({ ping: JSON.parse(data).result }); };
fetch(new URL('api/caller', base), { headers: { authorization: 'Bearer ' + token } })
  .then((answer) => answer.text()).then((caller) => tell({ caller }));
document.addEventListener('securitypolicyviolation', ({ blockedURI }) => tell({ [blockedURI]: 'blocked' }));
const inline = document.createElement('script');
inline.textContent = 'document.body.dataset.inline = "ran"';
document.body.append(inline);
fetch('http://127.0.0.1:9/elsewhere').catch(() => undefined);
`;

const FILES: Readonly<Record<string, string>> = {
  'public/index.html':
    '<!doctype html><title>-</title><body><script src="/plugins/site/app.js"></script></body>',
  'public/app.js': APP,
  'public/data.bin': '0123456789',
  'public/.env': 'TOKEN=secret',
  'secret.txt': 'secret',
};

describe('plugins with static files', function () {
  this.timeout(180_000);
  let dir: string;
  let folder: string;
  let service: RunningService;
  let browser: BrowserWorld | undefined;

  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${service.httpUrl}/plugins/site${path}`, init);

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cs-site-'));
    folder = await writePluginPackage(dir, 'site', { code: CODE, capabilities: CAPABILITIES });
    await writePluginPackage(dir, 'denied', {
      code: CODE.replace("'site'", "'denied'"),
      capabilities: CAPABILITIES,
    });
    await writePluginPackage(dir, 'poor', {
      code: CODE.replace("'site'", "'poor'"),
      capabilities: ['routes'],
    });
    await mkdir(join(dir, 'denied/public'));
    await writeFile(join(dir, 'denied/public/index.html'), 'denied');
    for (const [name, text] of Object.entries(FILES)) await write(name, text);
    await symlink(join(folder, 'secret.txt'), join(folder, 'public/link.txt'));
    await symlink('/', join(folder, 'public/disk'));
    service = await startService({
      waitFor: 'serving',
      withinMs: 60_000,
      set: {
        'plugins.load': ['site', 'denied', 'poor'].map((name) => join(dir, name)).join(','),
        'plugins.deny': '*/public-routes,denied/static',
      },
    });
  });

  after(async () => {
    await browser?.close();
    await service?.kill();
    await rm(dir, { recursive: true, force: true });
  });

  it('are an application in a browser, which uses the API and can reach nothing else', async () => {
    browser = await openBrowser();
    const token = await service.token('viewer');
    const { page } = await browser.view(`${service.httpUrl}/plugins/site/cameras/one#${token}`);
    const told = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await page.title()).replace(/^-?$/, '{}')) as Record<string, unknown>;
    await until(
      'the page has done everything',
      async () => Object.keys(await told()).length === 4,
      WITHIN_MS,
    );
    expect(await told()).to.deep.equal({
      ...{ ping: 'pong', caller: 'test-viewer', inline: 'blocked' },
      'http://127.0.0.1:9/elsewhere': 'blocked',
    });
    expect(await page.evaluate('document.body.dataset.inline ?? "did not run"')).to.equal('did not run');
  });

  it('have conditions, ranges and headers', async () => {
    const whole = await ask('/data.bin');
    expect(Object.fromEntries(whole.headers)).to.include({
      ...{
        'content-type': 'application/octet-stream',
        'cache-control': 'no-cache',
        'accept-ranges': 'bytes',
      },
      ...{ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' },
    });
    // Without a word about the cache, `fetch` asks for a whole answer.
    const known = { 'if-none-match': whole.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await ask('/data.bin', { headers: known });
    expect([again.status, await again.text()]).to.deep.equal([304, '']);
    const part = await ask('/data.bin', { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).to.deep.equal([206, '234']);
    expect((await ask('/', { method: 'DELETE' })).status).to.equal(405);
    const bare = await ask('', { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).to.deep.equal([308, 'site/']);
  });

  for (const path of [
    '/.env',
    '/%2eenv',
    '/link.txt',
    '/disk/etc/passwd',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/%252e%252e%252fsecret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/data.bin%00.html',
    '/data.bin\u0000',
    '//etc/passwd',
    '/file:///etc/passwd',
    '/../../package.json',
  ])
    it(`are not left by ${JSON.stringify(path)}`, async () => {
      const lines = [`GET /plugins/site${path} HTTP/1.1`, 'Accept: text/html'];
      const { status, body } = await rawRequest(service.ports.api, lines);
      // The fallback is the page of an address that is unknown.
      if (status === 200) expect(body).to.equal(FILES['public/index.html']);
      else expect(status).to.be.oneOf([400, 404]);
    });

  it('need their capability, and can be denied', async () => {
    expect((await fetch(`${service.httpUrl}/plugins/denied/`)).status).to.equal(404);
    expect((await fetch(`${service.httpUrl}/plugins/denied/api/caller`)).status).to.equal(401);
    const client = await service.client('viewer');
    const { components } = await client.call<{ components: Record<string, { reason?: string }> }>(
      'get_status',
    );
    expect(components[`plugin:${join(dir, 'poor')}`]?.reason).to.match(
      /static files in "public" without the capability "static"/,
    );
  });

  it('are those of the package after a reload, and never what links lead to', async () => {
    const admin = await service.client('admin');
    await write('public/later.txt', 'later');
    expect((await ask('/later.txt')).status).to.equal(404);
    await admin.call('set_plugin', { name: 'site', enabled: true, reload: true });
    expect(await (await ask('/later.txt')).text()).to.equal('later');
    expect((await ask('/link.txt')).status).to.equal(404);
    await admin.call('set_plugin', { name: 'site', enabled: false });
    expect((await ask('/later.txt')).status).to.equal(404);
  });
});
