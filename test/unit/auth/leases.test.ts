import { expect } from 'chai';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { Leases } from '../../../core/auth/leases.js';
import type { Lease } from '../../../core/auth/lease.js';
import type { AuthProvider, Principal } from '../../../ports/index.js';
import { ChangingProvider } from './changing-provider.js';

describe('leases', () => {
  let clock: ManualClock;
  let provider: ChangingProvider;
  let leases: Leases;
  let told: string[];
  const log = createMemoryLogger();

  beforeEach(() => {
    clock = createManualClock();
    provider = new ChangingProvider();
    leases = new Leases({ providers: new Roster<AuthProvider>([provider]), clock, log });
    leases.start();
    told = [];
  });
  afterEach(() => leases.stop());

  function hold(principal: Principal, name: string = principal.credentialId ?? ''): Lease {
    return leases.hold(principal, {
      onEnd: () => told.push(`${name} ended`),
      onChange: ({ role, cameras = ['all'] }) => told.push(`${name} is ${role} of ${cameras.join()}`),
    });
  }

  const codeOf = (lease: Lease): string => {
    try {
      lease.assertHolds();
      return 'holds';
    } catch (cause) {
      return (cause as { code: string }).code;
    }
  };
  const endsIn = (seconds: number) => ({ expiresAt: clock.now() + seconds * 1000 });

  it('end when their time is over, each once, on one timer', async () => {
    const one = hold(provider.give('one', endsIn(60)));
    hold(provider.give('two', endsIn(90)));
    hold(provider.give('three'));
    expect(clock.pending).to.equal(1);
    await clock.advance(59_999);
    expect(told).to.deep.equal([]);
    await clock.advance(1);
    expect(told).to.deep.equal(['one ended']);
    expect(codeOf(one)).to.equal('TOKEN_EXPIRED');
    await clock.advance(60_000);
    expect(told).to.deep.equal(['one ended', 'two ended']);
    expect(leases.size).to.equal(1);
    expect(clock.pending, 'timers when nothing can end by time').to.equal(0);
  });

  it('follow the wall clock when it is set: forward within seconds, back without an early end', async () => {
    const lease = hold(provider.give('one', endsIn(3_600)));
    await clock.advance(1_000);
    clock.setWallClock(clock.now() + 3_600_000);
    expect(codeOf(lease), 'at once for whoever asks').to.equal('TOKEN_EXPIRED');
    await clock.advance(5_000);
    expect(told).to.deep.equal(['one ended']);
    const other = hold(provider.give('two', endsIn(10)));
    clock.setWallClock(clock.now() - 60_000);
    await clock.advance(20_000);
    expect(codeOf(other)).to.equal('holds');
    await clock.advance(50_000);
    expect(told).to.include('two ended');
  });

  it('end when the provider takes the credential back, and only those of that credential', async () => {
    const [socket, download] = [hold(provider.give('a'), 'socket'), hold(provider.give('a'), 'download')];
    const other = hold(provider.give('b'));
    await provider.revoke('a');
    await clock.advance(0);
    expect(told).to.have.members(['socket ended', 'download ended']);
    expect([codeOf(socket), codeOf(download), codeOf(other)]).to.deep.equal([
      'AUTH_FAILED',
      'AUTH_FAILED',
      'holds',
    ]);
  });

  it('tell a role, a scope or an end that changed, and follow the new end', async () => {
    const lease = hold(provider.give('a', { role: 'admin' }));
    provider.change('a', { role: 'viewer', cameras: ['camera0'] });
    await clock.advance(0);
    expect(told).to.deep.equal(['a is viewer of camera0']);
    expect(lease.principal).to.include({ role: 'viewer' });
    provider.change('a', { role: 'viewer', cameras: ['camera0'], ...endsIn(1) });
    await clock.advance(1_000);
    expect(told.at(-1)).to.equal('a ended');
  });

  it('are looked at all together when the provider cannot say which one changed', async () => {
    hold(provider.give('a'));
    hold(provider.give('b'));
    provider.give('a', { role: 'operator' });
    await provider.revoke('c');
    expect(told).to.deep.equal([]);
    provider.tell('all');
    await clock.advance(0);
    expect(told).to.deep.equal(['a is operator of all']);
  });

  it('miss nothing that happens between the recognition and the hold', async () => {
    const principal = provider.give('a');
    await provider.revoke('a');
    const lease = hold(principal);
    await clock.advance(0);
    expect(codeOf(lease)).to.equal('AUTH_FAILED');
    expect(told).to.deep.equal(['a ended']);
  });

  it('end when nobody can vouch for the credential any more', async () => {
    const lease = hold(provider.give('a'));
    await clock.advance(0);
    provider.failure = new Error('the directory is away');
    provider.tell('all');
    await clock.advance(0);
    expect(codeOf(lease)).to.equal('AUTH_FAILED');
    expect(log.lines().some(({ level }) => level === 'error')).to.equal(true);
  });

  it('are not told anything once they are released, nor after the end', async () => {
    const lease = hold(provider.give('a', endsIn(1)));
    lease.release();
    lease.release();
    const other = hold(provider.give('b', endsIn(1)));
    leases.stop();
    await provider.revoke('a');
    await clock.advance(10_000);
    expect(told).to.deep.equal([]);
    expect(codeOf(other), 'still told to whoever asks').to.equal('TOKEN_EXPIRED');
    expect([leases.size, provider.listeners, clock.pending]).to.deep.equal([0, 0, 0]);
  });

  it('of one who is told and fails do not keep the others from being told', async () => {
    leases.hold(provider.give('a'), {
      onEnd: () => {
        throw new Error('broken');
      },
    });
    hold(provider.give('a'));
    await provider.revoke('a');
    await clock.advance(0);
    expect(told).to.deep.equal(['a ended']);
  });

  it('of a provider that never takes anything back end by time alone', async () => {
    const plain: AuthProvider = {
      name: 'plain',
      supports: { issue: false, revoke: false },
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      authenticate: () => Promise.resolve(undefined),
      issue: () => provider.issue(),
      list: () => provider.list(),
      revoke: () => Promise.resolve(false),
    };
    const others = new Leases({ providers: new Roster<AuthProvider>([plain]), clock, log });
    others.start();
    const principal: Principal = { id: 'pat', role: 'viewer', provider: 'plain', ...endsIn(5) };
    const lease = others.hold(principal);
    expect(await others.recheck(principal)).to.equal(principal);
    expect(await others.recheck({ ...principal, provider: 'gone' })).to.equal(undefined);
    await clock.advance(5_000);
    expect(codeOf(lease)).to.equal('TOKEN_EXPIRED');
  });
});
