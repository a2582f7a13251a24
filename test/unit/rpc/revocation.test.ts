/** What an open connection may when the credential ends that it was opened with. */
import { expect } from 'chai';
import { PortError } from '../../../ports/index.js';
import { ChangingProvider } from '../auth/changing-provider.js';
import { codeOf, createRpcWorld, dataOf, TOKENS, type Connection, type RpcWorld } from './world.js';

const KEY = 'key-of-a-lost-tablet';

describe('an open connection', () => {
  let world: RpcWorld;
  let provider: ChangingProvider;

  beforeEach(async () => {
    provider = new ChangingProvider();
    provider.give(KEY);
    world = await createRpcWorld({ provider });
  });
  afterEach(() => world.auth.stop());

  async function connect(credential = KEY): Promise<Connection> {
    const client = world.connect({ credential });
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('ok');
    return client;
  }

  function event(device: string): Promise<void> {
    world.hub.publish('camera.disconnected', { device, name: device, status: 'DISCONNECTED' });
    return world.clock.advance(0);
  }

  const heard = ({ got }: Connection): readonly unknown[] => got.map(({ params }) => params['device']);

  it('answers AUTH_FAILED once the credential was taken back, and can log in again', async () => {
    const client = await connect();
    await provider.revoke(KEY);
    await world.clock.advance(0);
    for (const method of ['get_subscription_stats', 'subscribe_events', 'take_snapshot']) {
      const outcome = await client.call(method, {});
      expect(dataOf(outcome), method).to.include({ code: 'AUTH_FAILED', reason: 'revoked' });
    }
    expect(codeOf(await client.call('ping')), 'needs no credential').to.equal('ok');
    expect(codeOf(await client.call('authenticate', { auth_token: KEY }))).to.equal('AUTH_FAILED');
    await client.call('authenticate', { auth_token: TOKENS.viewer });
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('ok');
  });

  for (const [what, end] of [
    ['was taken back', () => provider.revoke(KEY)],
    ['is over', () => world.clock.advance(60_000)],
  ] as const)
    it(`hears no events once its credential ${what}, until it logs in again`, async () => {
      provider.give(KEY, { expiresAt: world.clock.now() + 60_000 });
      const [silent, chosen] = [await connect(), await connect()];
      await chosen.call('subscribe_events', { topics: ['camera.*'] });
      await event('camera0');
      expect([heard(silent), heard(chosen)]).to.deep.equal([['camera0'], ['camera0']]);
      await end();
      await world.clock.advance(0);
      await event('camera1');
      expect([heard(silent), heard(chosen)]).to.deep.equal([['camera0'], ['camera0']]);
      await chosen.call('authenticate', { auth_token: TOKENS.viewer });
      await event('camera1');
      expect(heard(chosen), 'subscriptions stay').to.deep.equal(['camera0', 'camera1']);
      expect(heard(silent)).to.deep.equal(['camera0']);
    });

  it('follows a role and a scope that change', async () => {
    const client = await connect();
    await client.call('subscribe_events', { topics: ['camera.*'] });
    await event('camera1');
    provider.change(KEY, { cameras: ['camera0'] });
    await world.clock.advance(0);
    await event('camera1');
    await event('camera0');
    expect(heard(client)).to.deep.equal(['camera1', 'camera0']);
    expect(codeOf(await client.call('get_camera_status', { device: 'camera1' }))).to.equal(
      'CAMERA_NOT_FOUND',
    );
    expect(dataOf(await client.call('get_metrics'))['code']).to.not.equal('ok');
    provider.change(KEY, { role: 'operator' });
    await world.clock.advance(0);
    expect(codeOf(await client.call('take_snapshot', {}))).to.equal('INVALID_PARAMS');
    provider.change(KEY, { role: 'viewer' });
    await world.clock.advance(0);
    expect(codeOf(await client.call('take_snapshot', {}))).to.equal('PERMISSION_DENIED');
  });

  it('is told of the end that comes while its credential is being looked at', async () => {
    provider.onRecognised = () => void provider.revoke(KEY);
    const client = world.connect({ credential: KEY });
    await world.clock.advance(0);
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('AUTH_FAILED');
    await event('camera0');
    expect(heard(client)).to.deep.equal([]);
  });

  it('does not keep a refusal: the credential it was opened with may be good a moment later', async () => {
    const client = world.connect({ credential: 'new' });
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('AUTH_FAILED');
    provider.give('new');
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('ok');
    const other = world.connect({ credential: 'another' });
    provider.authenticate = () => Promise.reject(new PortError('STORAGE_FAILED'));
    expect(codeOf(await other.call('get_subscription_stats'))).to.not.equal('ok');
    provider.authenticate = ChangingProvider.prototype.authenticate.bind(provider);
    provider.give('another');
    expect(codeOf(await other.call('get_subscription_stats'))).to.equal('ok');
  });

  it('leaves nothing behind when it is closed, also while it logs in', async () => {
    const before = world.clock.pending;
    provider.give(KEY, { expiresAt: world.clock.now() + 600_000 });
    const [client, quick] = [await connect(), world.connect({ credential: KEY })];
    quick.session.close();
    client.session.close();
    client.session.close();
    await world.clock.advance(10_000);
    await provider.revoke(KEY);
    expect(world.clock.pending).to.equal(before);
  });
});
