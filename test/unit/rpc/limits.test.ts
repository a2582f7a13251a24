import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { BoundedMap } from '../../../core/auth/bounded-map.js';
import type { RpcOutcome } from '../../../ports/index.js';
import { isServiceError } from '../../../core/errors/service-error.js';
import { RateLimit } from '../../../core/rpc/rate-limit.js';
import { ChangingProvider } from '../auth/changing-provider.js';
import { codeOf, createRpcWorld, dataOf, TOKENS, type RpcWorld } from './world.js';

const NONE = { perMinute: 0, burst: 1 };

/** Moves the clock on while an answer is kept back. */
async function slowly(world: RpcWorld, outcome: Promise<RpcOutcome>): Promise<RpcOutcome> {
  const before = world.clock.pending;
  let isAnswered = false;
  void outcome.finally(() => (isAnswered = true));
  while (!isAnswered) {
    await new Promise((resolve) => setImmediate(resolve));
    if (world.clock.pending > before) await world.clock.advance(500);
  }
  return outcome;
}

describe('limits', () => {
  it('refills a bucket with time and tells how long to wait', async () => {
    const clock = createManualClock();
    const limit = new RateLimit(clock, { perMinute: 60, burst: 2 });
    limit.take('a');
    limit.take('a');
    limit.take('b');
    expect(() => limit.take('a'))
      .to.throw()
      .with.deep.property('data', { retry_after_ms: 1000 });
    await clock.advance(1000);
    limit.take('a');
  });

  it('remembers a bounded number of callers', () => {
    const map = new BoundedMap<number>(2);
    for (const key of ['a', 'b', 'c', 'c']) map.set(key, 1);
    expect(map.size).to.equal(2);
    expect(map.get('a')).to.equal(undefined);
  });

  it('limits a principal over all its connections, and another one not', async () => {
    const world = await createRpcWorld({ dispatcher: { perPrincipal: { perMinute: 60, burst: 2 } } });
    const call = (credential: string) => world.connect({ credential }).call('get_subscription_stats');
    expect(codeOf(await call(TOKENS.viewer))).to.equal('ok');
    expect(codeOf(await call(TOKENS.viewer))).to.equal('ok');
    expect(dataOf(await call(TOKENS.viewer))).to.include({ code: 'RATE_LIMITED', retry_after_ms: 1000 });
    expect(codeOf(await call(TOKENS.admin))).to.equal('ok');
  });

  it('limits an address, also for what is refused anyway', async () => {
    const world = await createRpcWorld({
      dispatcher: { perAddress: { perMinute: 60, burst: 1 }, perPrincipal: NONE },
    });
    expect(codeOf(await world.connect().call('nope'))).to.equal('METHOD_NOT_FOUND');
    expect(codeOf(await world.connect().call('nope'))).to.equal('RATE_LIMITED');
    expect(codeOf(await world.connect({ address: '192.0.2.2' }).call('nope'))).to.equal('METHOD_NOT_FOUND');
  });

  it('takes sessions without an address for different clients, and limits them together tenfold', async () => {
    const world = await createRpcWorld({ dispatcher: { perAddress: { perMinute: 60, burst: 1 } } });
    const ping = async (address: string) => codeOf(await world.connect({ address }).call('ping'));
    const noisy = world.connect({ address: 'none' });
    const codes = [codeOf(await noisy.call('ping')), codeOf(await noisy.call('ping'))];
    expect(codes).to.deep.equal(['ok', 'RATE_LIMITED']);
    for (let turn = 0; turn < 20; turn += 1) await noisy.call('ping');
    expect(await ping('none'), 'another one').to.equal('ok');
    for (let turn = 2; turn < 10; turn += 1) expect(await ping('none')).to.equal('ok');
    expect(await ping('none'), 'the eleventh that connects').to.equal('RATE_LIMITED');
    expect(await ping('192.0.2.1'), 'on the network').to.equal('ok');
  });

  it('counts a text that is no IP address below the name of its transport, whatever it is', async () => {
    const world = await createRpcWorld();
    const addresses = [
      'test:uid=7',
      'other:uid=7',
      '',
      'x'.repeat(1000),
      7 as unknown as string,
      '2001:db8::1',
    ];
    for (const address of addresses)
      await world.connect({ address }).call('authenticate', { auth_token: TOKENS.viewer });
    const told = world.audit.map(({ address }) => address);
    expect(told.map((address) => address.replace(/[\da-f-]{36}$/, 'ID'))).to.deep.equal([
      'test:uid=7',
      'test:other:uid=7',
      'test:session=ID',
      `test:${'x'.repeat(195)}…`,
      'test:session=ID',
      '2001:db8::1',
    ]);
    expect(told[2]).not.to.equal(told[4]);
  });

  it('never limits who has a good credential because of what others do at the address', async () => {
    const world = await createRpcWorld({ dispatcher: { perAddress: { perMinute: 60, burst: 1 } } });
    const early = world.connect({ credential: TOKENS.viewer });
    expect(codeOf(await early.call('get_subscription_stats'))).to.equal('ok');
    for (let turn = 0; turn < 10; turn += 1) await world.connect().call('ping');
    expect(codeOf(await world.connect().call('ping'))).to.equal('RATE_LIMITED');
    expect(codeOf(await early.call('ping')), 'logged in before').to.equal('ok');
    expect(codeOf(await early.call('get_subscription_stats'))).to.equal('ok');
    const upgrade = world.connect({ credential: TOKENS.viewer });
    expect(codeOf(await upgrade.call('get_subscription_stats')), 'shown while connecting').to.equal('ok');
    const later = world.connect();
    expect(codeOf(await later.call('authenticate', { auth_token: TOKENS.viewer })), 'logs in').to.equal('ok');
    const single = await world.connect().call('get_subscription_stats', { auth_token: TOKENS.viewer });
    expect(codeOf(single), 'shown with the call').to.equal('ok');
  });

  it('counts refused credentials against the address', async () => {
    const world = await createRpcWorld({ dispatcher: { perAddress: { perMinute: 60, burst: 2 } } });
    const attempts = [
      () => world.connect().call('authenticate', { auth_token: 'wrong-1' }),
      () => world.connect().call('get_subscription_stats', { auth_token: 'wrong-2' }),
      () => world.connect({ credential: 'wrong-3' }).call('get_subscription_stats'),
      () => world.connect().call('get_subscription_stats'),
      () => world.connect().call('nope'),
    ];
    const codes: string[] = [];
    for (const attempt of attempts) codes.push(codeOf(await attempt()));
    expect(codes).to.deep.equal(['AUTH_FAILED', 'AUTH_FAILED', ...Array<string>(3).fill('RATE_LIMITED')]);
  });

  it('limits by credential, not by the name of who it is for', async () => {
    const provider = new ChangingProvider();
    provider.give('tablet', { id: 'pat' });
    provider.give('desk', { id: 'pat', role: 'admin' });
    const world = await createRpcWorld({
      provider,
      dispatcher: { perPrincipal: { perMinute: 60, burst: 1 } },
    });
    const call = (credential: string) => world.connect({ credential }).call('get_subscription_stats');
    expect(codeOf(await call('tablet'))).to.equal('ok');
    expect(codeOf(await call('tablet'))).to.equal('RATE_LIMITED');
    expect(codeOf(await call('desk'))).to.equal('ok');
  });

  it('slows refused logins down, longer each time, and never a good one', async () => {
    const world = await createRpcWorld();
    const guess = () => slowly(world, world.connect().call('authenticate', { auth_token: 'guess' }));
    const good = () => world.connect().call('authenticate', { auth_token: TOKENS.viewer });
    for (let i = 0; i < 6; i++) expect(codeOf(await guess())).to.equal('AUTH_FAILED');
    expect(codeOf(await good())).to.equal('ok');
    expect(dataOf(await guess())).to.include({ code: 'RATE_LIMITED', retry_after_ms: 1_000 });
    expect(codeOf(await good()), 'from the same address, in the pause').to.equal('ok');
    expect(dataOf(await guess())).to.include({ code: 'RATE_LIMITED', retry_after_ms: 500 });
    expect(codeOf(await guess()), 'the pause is over').to.equal('AUTH_FAILED');
    expect(dataOf(await guess())).to.include({ retry_after_ms: 2_000 });
  });

  it('tells a refusal late while the address guesses, and a good login at once', async () => {
    const world = await createRpcWorld();
    const login = (auth_token: string) => world.connect().call('authenticate', { auth_token });
    for (let turn = 0; turn < 6; turn += 1) await login(`guess ${String(turn)}`);
    const started = world.clock.monotonicMs();
    const late = slowly(world, login('one more'));
    expect(codeOf(await login(TOKENS.viewer))).to.equal('ok');
    expect(codeOf(await late)).to.equal('RATE_LIMITED');
    expect(world.clock.monotonicMs() - started).to.equal(500);
  });

  it('does not take an expired credential for a guess', async () => {
    const world = await createRpcWorld();
    await world.clock.advance(61_000);
    for (let i = 0; i < 10; i++) {
      const outcome = await world.connect().call('authenticate', { auth_token: TOKENS.brief });
      expect(codeOf(outcome)).to.equal('TOKEN_EXPIRED');
    }
  });

  it('gives transports their failures', async () => {
    const { endpoint } = await createRpcWorld();
    expect(endpoint.failure('PARSE_ERROR', 'not JSON')).to.deep.include({ rpcCode: -32700 });
    expect(endpoint.failure('RATE_LIMITED').data['retry_after_ms']).to.be.a('number');
    expect(endpoint.failure('no such code').data.code).to.equal('INTERNAL');
    expect(isServiceError(new Error('x'))).to.equal(false);
  });
});
