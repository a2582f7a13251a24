import { expect } from 'chai';
import type { CapabilityContext, RouteRequest } from '../../../plugins/api/index.js';
import { TOKENS } from '../rpc/world.js';
import { createRouteWorld, type RouteWorld } from './route-world.js';

const ROUTE = { summary: 'A route of a test.', role: 'viewer', audited: false } as const;
const PUBLIC = { ...ROUTE, role: 'public' } as const;

describe('routes of a plugin', () => {
  let asked: RouteRequest[] = [];
  const tell = (request: RouteRequest) => {
    asked.push(request);
    return { body: 'told' };
  };
  const several = (context: CapabilityContext) => {
    for (const role of ['viewer', 'operator', 'admin', 'public'] as const)
      context.route('GET', `/as/${role}`, { ...ROUTE, role, handler: tell });
    context.route('GET', '/devices/{device}', { ...ROUTE, audited: ['device'], handler: tell });
    context.route('GET', '/devices/first', { ...ROUTE, handler: () => ({ body: 'literal' }) });
    context.route('GET', '/notes/{note}', {
      ...PUBLIC,
      handler: ({ params }) => ({ body: params['note'] ?? '' }),
    });
    context.route('POST', '/hook', {
      ...PUBLIC,
      ...{ headers: ['content-type', 'x-signature'], maxBodyBytes: 10, handler: tell },
    });
    context.route('PUT', '/hook', { ...PUBLIC, handler: () => ({ status: 204 }) });
  };
  let world: RouteWorld;
  let remove: () => void;

  beforeEach(async () => {
    asked = [];
    world = await createRouteWorld(several);
    remove = world.install();
  });

  it('admit who has the role, and nobody else', async () => {
    const roles = ['viewer', 'operator', 'admin'] as const;
    for (const [needed, role] of roles.entries())
      for (const [had, have] of roles.entries()) {
        const { status } = await world.get(`/plugins/a-test/as/${role}`, TOKENS[have]);
        expect(status, `${have} for ${role}`).to.equal(had >= needed ? 200 : 403);
      }
    const nobody = await world.get('/plugins/a-test/as/viewer');
    expect([nobody.status, nobody.code]).to.deep.equal([401, 'AUTH_REQUIRED']);
    expect(nobody.headers['www-authenticate']).to.include('Bearer');
    const wrong = await world.get('/plugins/a-test/as/viewer', 'wrong');
    expect([wrong.status, wrong.code]).to.deep.equal([401, 'AUTH_FAILED']);
    expect((await world.get('/plugins/a-test/as/public')).status).to.equal(200);
  });

  it('tell who asks, and never with what', async () => {
    const headers = { cookie: 'a=b', 'x-api-key': 'k', 'x-signature': 's', 'content-type': 'text/x' };
    await world.get('/plugins/a-test/as/operator?a=1&ticket=t&auth_token=u&a=2', TOKENS.operator, {
      headers,
    });
    const body = Buffer.from('0123456789');
    await world.get('/plugins/a-test/hook', TOKENS.admin, { headers, body, method: 'POST' });
    const [known, unknown] = asked as [RouteRequest, RouteRequest];
    expect(known.caller).to.deep.equal({ id: 'otto', role: 'operator' });
    expect(known.maySee('camera1')).to.equal(true);
    expect(known.query).to.deep.equal({ a: '1' });
    expect(known.headers).to.deep.equal({});
    expect(unknown).not.to.have.property('caller');
    expect(unknown.maySee('camera0')).to.equal(false);
    expect(unknown.headers).to.deep.equal({ 'x-signature': 's', 'content-type': 'text/x' });
    expect(Buffer.from(unknown.body).toString()).to.equal('0123456789');
    expect(JSON.stringify(asked)).not.to.match(/Bearer|-key|cookie/);
  });

  it('keep to the cameras that the caller may see', async () => {
    const codes = async (target: string, credential: string) =>
      (await world.get(target, credential)).code ?? 'ok';
    expect(await codes('/plugins/a-test/devices/camera0', TOKENS.scoped)).to.equal('ok');
    expect(await codes('/plugins/a-test/devices/camera1', TOKENS.scoped)).to.equal('CAMERA_NOT_FOUND');
    expect(await codes('/plugins/a-test/devices/camera9', TOKENS.admin)).to.equal('CAMERA_NOT_FOUND');
    expect(await codes('/plugins/a-test/devices/-', TOKENS.admin)).to.equal('INVALID_PARAMS');
    expect(await codes('/plugins/a-test/as/viewer?device=camera1', TOKENS.scoped)).to.equal(
      'CAMERA_NOT_FOUND',
    );
    expect(asked).to.have.length(1);
    world.notReady.add('cameras');
    expect(await codes('/plugins/a-test/devices/camera0', TOKENS.admin)).to.equal('INVALID_STATE');
  });

  it('are found by method and path, literals before parameters', async () => {
    expect((await world.get('/plugins/a-test/devices/first', TOKENS.viewer)).text).to.equal('literal');
    const other = await world.get('/plugins/a-test/hook', undefined, { method: 'DELETE' });
    expect([other.status, other.headers['allow']]).to.deep.equal([405, 'POST, PUT']);
    const options = await world.get('/plugins/a-test/as/public', undefined, { method: 'OPTIONS' });
    expect([options.status, options.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
    for (const path of [
      '',
      '/',
      '/a-test/',
      '/a-test/none',
      '/other/as/public',
      '/a-test/as/public/',
      '/a-test//as/public',
    ])
      expect((await world.get(`/plugins${path}`)).code, path).to.equal('NOT_FOUND');
    const head = await world.get('/plugins/a-test/as/public', undefined, { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).to.deep.equal([200, '', '4']);
    const root = await world.get('/plugins/a-test');
    expect([root.status, root.headers['location']]).to.deep.equal([308, 'a-test/']);
  });

  for (const path of [
    '/plugins/a-test/../a-test/as/public',
    '/plugins/a-test/%2e%2e/a-test/as/public',
    '/plugins/a-test/..%2fa-test/as/public',
    '/plugins/a-test/..%5c..%5ca-test',
    '/plugins/a-test/notes/%252e%252e',
    '/plugins/a-test/notes/%252e%252e%252fsecret',
    '/plugins/a-test/notes/%00',
    '/plugins/a-test/notes/%2500',
    '/plugins/a-test/notes/.',
    '/plugins/a-test/notes/a%0d%0ab',
    '/plugins/a-test/notes/a%5cb',
    '/plugins/a-test/notes/%ff',
    '/plugins/__proto__/constructor',
    '/plugins%00/a-test/as/public',
  ])
    it(`are not reached by ${path}`, async () => {
      const { status, code } = await world.get(path);
      expect(code).to.be.oneOf(['NOT_FOUND', 'INVALID_REQUEST']);
      expect(status).to.be.oneOf([400, 404]);
    });

  it('read what is decoded once, with a slash as a slash', async () => {
    expect((await world.get('/plugins/a-test/notes/a%20%C3%A4%25')).text).to.equal('a ä%');
    expect((await world.get('/plugins/a-test/notes%2Fone')).text).to.equal('one');
    expect((await world.get('/plugins/a-test/notes/one%2Ftwo')).code).to.equal('NOT_FOUND');
  });

  it('have a body as long as they say', async () => {
    const body = Buffer.from('01234567890');
    const long = await world.get('/plugins/a-test/hook', undefined, { method: 'POST', body });
    expect([long.status, long.code]).to.deep.equal([413, 'TOO_LARGE']);
    expect(asked).to.deep.equal([]);
  });

  it('are gone when the plugin is taken out, and come back with it', async () => {
    remove();
    expect((await world.get('/plugins/a-test/as/public')).code).to.equal('NOT_FOUND');
    world.install();
    expect((await world.get('/plugins/a-test/as/public')).status).to.equal(200);
  });

  it('are left out when an administrator denies them, or the public ones of them', async () => {
    remove();
    remove = world.install((capability) => capability === 'public-routes');
    expect((await world.get('/plugins/a-test/as/public')).code).to.equal('NOT_FOUND');
    expect((await world.get('/plugins/a-test/as/viewer', TOKENS.viewer)).status).to.equal(200);
    remove();
    world.install((capability) => capability === 'routes');
    expect((await world.get('/plugins/a-test/as/viewer', TOKENS.viewer)).code).to.equal('NOT_FOUND');
  });

  it('leave a record and a figure', async () => {
    await world.get('/plugins/a-test/devices/camera0', TOKENS.viewer);
    await world.get('/plugins/a-test/devices/camera1', TOKENS.scoped);
    await world.get('/plugins/a-test/as/viewer', TOKENS.viewer);
    const facts = world.audit.map(({ method, outcome, principal, params }) => ({
      method,
      outcome,
      principal,
      params,
    }));
    expect(facts).to.deep.equal([
      {
        method: 'GET /plugins/a-test/devices/{device}',
        outcome: 'ok',
        principal: 'vera',
        params: { device: 'camera0' },
      },
      {
        method: 'GET /plugins/a-test/devices/{device}',
        outcome: 'CAMERA_NOT_FOUND',
        principal: 'sam',
        params: undefined,
      },
    ]);
    expect(await world.metrics()).to.include(
      'camera_service_plugin_requests_total{plugin="a-test",outcome="ok"} 2',
    );
  });

  it('are limited per address without a credential, and per credential with one', async () => {
    const limits = { perPrincipal: { perMinute: 1, burst: 2 }, perAddress: { perMinute: 1, burst: 1 } };
    const limited = await createRouteWorld(several, { limits });
    limited.install();
    const codes = async (target: string, credential?: string) =>
      [
        await limited.get(target, credential),
        await limited.get(target, credential),
        await limited.get(target, credential),
      ].map(({ status }) => status);
    expect(await codes('/plugins/a-test/as/public')).to.deep.equal([200, 429, 429]);
    expect(await codes('/plugins/a-test/as/viewer', TOKENS.viewer)).to.deep.equal([200, 200, 429]);
    expect((await limited.get('/plugins/a-test/as/viewer', TOKENS.admin)).status).to.equal(200);
  });
});
