import { expect } from 'chai';
import { codeOf, createRpcWorld, dataOf, TOKENS } from './world.js';

const token = (auth_token: string) => ({ auth_token });

describe('calls behind a login', () => {
  it('see its effects, though it is not answered yet', async () => {
    const { call } = (await createRpcWorld()).connect();
    const answers = await Promise.all([
      call('get_subscription_stats'),
      call('authenticate', token(TOKENS.viewer)),
      call('get_subscription_stats'),
      call('authenticate', token('nonsense')),
      call('get_subscription_stats'),
      call('authenticate', token(TOKENS.admin)),
      call('take_snapshot', { device: 'camera0' }),
    ]);
    expect(answers.map(codeOf).slice(0, 6)).to.deep.equal([
      'AUTH_REQUIRED',
      'ok',
      'ok',
      'AUTH_FAILED',
      'ok',
      'ok',
    ]);
    // Neither refused as nobody nor as a viewer.
    expect(['AUTH_REQUIRED', 'PERMISSION_DENIED']).not.to.include(codeOf(answers[6]));
  });

  it('are refused when it was', async () => {
    const { call } = (await createRpcWorld()).connect();
    const [login, next] = await Promise.all([
      call('authenticate', token('nonsense')),
      call('get_subscription_stats'),
    ]);
    expect([codeOf(login), codeOf(next)]).to.deep.equal(['AUTH_FAILED', 'AUTH_REQUIRED']);
    expect(dataOf(next)).to.include({ reason: 'not_authenticated' });
  });

  it('of another connection do not wait', async () => {
    const world = await createRpcWorld();
    const order: string[] = [];
    const login = world
      .connect()
      .call('authenticate', token(TOKENS.viewer))
      .then(() => order.push('login'));
    const other = world
      .connect()
      .call('ping')
      .then(() => order.push('other'));
    await Promise.all([login, other]);
    expect(order[0]).to.equal('other');
  });
});
