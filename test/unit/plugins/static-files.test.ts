import { mkdir, mkdtemp, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { CapabilityContext, StaticOffer } from '../../../plugins/api/index.js';
import { Declarations } from '../../../plugins/capabilities/declarations.js';
import { createRouteWorld, type RouteWorld } from './route-world.js';

const AT = '/plugins/a-test';
const PAGE = '<!doctype html><title>Home</title>';
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{"secret": true}',
  'public/index.html': PAGE,
  'public/assets/app.js': 'export const answer = 42;',
  'public/assets/style.css': 'p { color: red }',
  'public/assets/data.bin': '0123456789',
  'public/help/index.html': '<p>help</p>',
  'public/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'public/odd ä.txt': 'odd',
  'public/empty.txt': '',
  'public/.env': 'TOKEN=secret',
  'public/.git/config': 'secret',
  'public-other/x.txt': 'secret',
  'outside.txt': 'secret',
};

describe('static files of a plugin', () => {
  let folder: string;
  let world: RouteWorld;
  let remove: () => void;

  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const serve = async (offer?: StaticOffer, more: (context: CapabilityContext) => void = () => undefined) => {
    world = await createRouteWorld(
      (context) => {
        context.static('public', offer);
        more(context);
      },
      { folder },
    );
    remove = world.install();
  };

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'cs-static-')));
    for (const [name, text] of Object.entries(FILES)) await write(name, text);
    await symlink(join(folder, 'outside.txt'), join(folder, 'public/link.txt'));
    await symlink(folder, join(folder, 'public/up'));
    await serve();
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('are served to everybody, with their types and a policy', async () => {
    const types = {
      '/': 'text/html; charset=utf-8',
      '/index.html': 'text/html; charset=utf-8',
      '/assets/app.js': 'text/javascript; charset=utf-8',
      '/assets/style.css': 'text/css; charset=utf-8',
      '/logo.svg': 'image/svg+xml; charset=utf-8',
      '/assets/data.bin': 'application/octet-stream',
      '/odd%20%C3%A4.txt': 'text/plain; charset=utf-8',
      '/empty.txt': 'text/plain; charset=utf-8',
    };
    for (const [path, type] of Object.entries(types)) {
      const { status, headers } = await world.get(`${AT}${path}`);
      expect([status, headers['content-type']], path).to.deep.equal([200, type]);
      expect(headers['content-security-policy'])
        .to.include("default-src 'self'")
        .and.include("frame-ancestors 'self'");
      expect(headers['cache-control']).to.equal('no-cache');
    }
    expect((await world.get(`${AT}/`)).text).to.equal(PAGE);
  });

  it('lead to the address under which relative links work', async () => {
    for (const [path, location] of [
      [AT, 'a-test/'],
      [`${AT}/help`, 'help/'],
    ]) {
      const answer = await world.get(path ?? '');
      expect([answer.status, answer.headers['location']]).to.deep.equal([308, location]);
    }
    expect((await world.get(`${AT}/help/`)).text).to.equal('<p>help</p>');
    expect((await world.get(`${AT}/assets/`)).status).to.equal(404);
  });

  for (const path of [
    '/.env',
    '/.git/config',
    '/%2eenv',
    '/link.txt',
    '/up/outside.txt',
    '/up/package.json',
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/..%5coutside.txt',
    '/%252e%252e/outside.txt',
    '/assets/..%2f..%2foutside.txt',
    '/assets%5capp.js',
    '/index.html%00',
    '/index.html/',
    '//index.html',
    '/./index.html',
    '/assets//app.js',
    '/INDEX.HTML',
    '/../public-other/x.txt',
    '/package.json',
    '/__proto__',
  ])
    it(`are not left by ${path}`, async () => {
      const { status, text } = await world.get(`${AT}${path}`, undefined, {
        headers: { accept: 'text/html' },
      });
      expect(status).to.be.oneOf([400, 404]);
      expect(text).not.to.include('secret');
    });

  it('are not left by a link that takes the place of a file or folder later', async () => {
    await rm(join(folder, 'public/logo.svg'));
    await symlink(join(folder, 'outside.txt'), join(folder, 'public/logo.svg'));
    expect((await world.get(`${AT}/logo.svg`)).status).to.equal(404);
    await rename(join(folder, 'public/help'), join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'public/help'));
    expect((await world.get(`${AT}/help/`)).status).to.equal(404);
    await rm(join(folder, 'public/empty.txt'));
    expect((await world.get(`${AT}/empty.txt`)).status).to.equal(404);
    expect(world.faults.size).to.equal(0);
  });

  it('are sent once, as long as they do not change', async () => {
    const first = await world.get(`${AT}/assets/app.js`);
    const { etag = '', 'last-modified': modified = '' } = first.headers;
    expect(etag).to.match(/^"[^"]+"$/);
    const again = async (headers: Record<string, string>) =>
      await world.get(`${AT}/assets/app.js`, undefined, { headers });
    expect((await again({ 'if-none-match': etag })).status).to.equal(304);
    expect((await again({ 'if-modified-since': modified })).status).to.equal(304);
    expect((await again({ 'if-match': '"other"' })).status).to.equal(412);
    // As an upgrade does: the same length and the same time of modification.
    await write('public/assets/app.js', 'export const answer = 43;');
    await utimes(join(folder, 'public/assets/app.js'), 0, 0);
    const changed = await again({ 'if-none-match': etag });
    expect([changed.status, changed.text]).to.deep.equal([200, 'export const answer = 43;']);
  });

  it('are sent in part, and as a head', async () => {
    const range = async (value: string) =>
      await world.get(`${AT}/assets/data.bin`, undefined, { headers: { range: value } });
    const part = await range('bytes=2-4');
    expect([part.status, part.text, part.headers['content-range']]).to.deep.equal([
      206,
      '234',
      'bytes 2-4/10',
    ]);
    expect((await range('bytes=-3')).text).to.equal('789');
    const beyond = await range('bytes=10-');
    expect([beyond.status, beyond.headers['content-range']]).to.deep.equal([416, 'bytes */10']);
    expect((await range('bytes=0-1,3-4')).text).to.equal('0123456789');
    const head = await world.get(`${AT}/assets/data.bin`, undefined, { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).to.deep.equal([200, '', '10']);
    const post = await world.get(`${AT}/assets/data.bin`, undefined, { method: 'POST' });
    expect([post.status, post.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('answer pages of an application with the fallback, and nothing else', async () => {
    await serve({ fallback: 'index.html', contentSecurityPolicy: "default-src 'self' https:" });
    const html = { headers: { accept: 'text/html,*/*' } };
    const page = await world.get(`${AT}/cameras/one`, undefined, html);
    expect([page.status, page.text]).to.deep.equal([200, PAGE]);
    expect(page.headers['content-security-policy']).to.equal("default-src 'self' https:");
    expect((await world.get(`${AT}/assets/gone.js`, undefined, html)).status).to.equal(404);
    expect((await world.get(`${AT}/cameras/one`)).status).to.equal(404);
  });

  it('come after routes, and are gone with the plugin', async () => {
    await serve(undefined, (context) => {
      context.route('GET', '/index.html', {
        ...{ summary: 'A route of a test.', role: 'public', audited: false },
        handler: () => ({ body: 'route' }),
      });
    });
    expect((await world.get(`${AT}/index.html`)).text).to.equal('route');
    expect((await world.get(`${AT}/logo.svg`)).status).to.equal(200);
    remove();
    expect((await world.get(`${AT}/logo.svg`)).code).to.equal('NOT_FOUND');
    await write('public/later.txt', 'later');
    remove = world.install((capability) => capability === 'routes');
    expect((await world.get(`${AT}/index.html`)).text).to.equal(PAGE);
    expect((await world.get(`${AT}/later.txt`)).text).to.equal('later');
    remove();
    world.install((capability) => capability === 'static');
    expect((await world.get(`${AT}/logo.svg`)).code).to.equal('NOT_FOUND');
  });

  const declare = (name: unknown, offer: unknown = {}, place: string | undefined = folder) => {
    const declared = new Declarations('a-test', 'all', place);
    return () => {
      declared.static(name as string, offer as StaticOffer);
    };
  };
  it('are in a folder of the package', async () => {
    for (const name of [
      '.',
      './',
      '..',
      '../x',
      '/etc',
      'public/..',
      '.git',
      'public/.git',
      '',
      'a\\b',
      7,
      undefined,
    ])
      expect(declare(name), String(name)).to.throw(TypeError, /must be a path inside the package/);
    expect(declare('missing')).to.throw(TypeError, /there is no folder .*missing.*; build the plugin/);
    expect(declare('package.json')).to.throw(TypeError, /there is no folder/);
    const other = await mkdtemp(join(tmpdir(), 'cs-other-'));
    await symlink(other, join(folder, 'linked'));
    expect(declare('linked')).to.throw(TypeError, /leads out of the package/);
    await rm(other, { recursive: true });
    expect(() => new Declarations('a-test', 'all').static('public')).to.throw(TypeError, /need a package/);
    expect(() => new Declarations('a-test', ['routes'], folder).static('public')).to.throw(
      TypeError,
      /"static"/,
    );
  });

  it('are declared once, and soundly', () => {
    const declared = new Declarations('a-test', 'all', folder);
    declared.static('./public');
    expect(() => declared.static('public')).to.throw(TypeError, /one folder/);
    expect(declared.used).to.deep.equal(['static']);
    expect(declare('public', { fallback: '../index.txt' })).to.throw(TypeError, /fallback must be/);
    expect(declare('public', { contentSecurityPolicy: 'a\r\nb' })).to.throw(
      TypeError,
      /contentSecurityPolicy must be/,
    );
  });
});
