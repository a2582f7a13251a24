import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { BoundedMap } from '../../../core/auth/bounded-map.js';
import { isServiceError } from '../../../core/errors/service-error.js';
import { RateLimit } from '../../../core/rpc/rate-limit.js';
import { codeOf, createRpcWorld, dataOf, TOKENS } from './world.js';

const NONE = { perMinute: 0, burst: 1 };

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

  it('slows failed logins of an address down, longer each time', async () => {
    const world = await createRpcWorld();
    const guess = () => world.connect().call('authenticate', { auth_token: 'guess' });
    for (let i = 0; i < 6; i++) expect(codeOf(await guess())).to.equal('AUTH_FAILED');
    expect(dataOf(await guess())).to.include({ code: 'RATE_LIMITED', retry_after_ms: 1000 });
    await world.clock.advance(1000);
    expect(codeOf(await guess())).to.equal('AUTH_FAILED');
    expect(dataOf(await guess())).to.include({ retry_after_ms: 2000 });
    const elsewhere = world.connect({ address: '192.0.2.9' });
    expect(codeOf(await elsewhere.call('authenticate', { auth_token: TOKENS.viewer }))).to.equal('ok');
    await world.clock.advance(2000);
    expect(codeOf(await world.connect().call('authenticate', { auth_token: TOKENS.viewer }))).to.equal('ok');
    expect(codeOf(await guess())).to.equal('AUTH_FAILED');
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
