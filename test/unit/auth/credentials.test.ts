import { expect } from 'chai';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { Credentials } from '../../../core/auth/credentials.js';
import { HealthBoard } from '../../../core/health/health-board.js';
import { PortError, type AuthProvider } from '../../../ports/index.js';

const { signal } = new AbortController();

interface Fake extends AuthProvider {
  fault: Error | undefined;
  trouble: () => string | undefined;
  readonly calls: string[];
}

function fake(name: string): Fake {
  const unused = () => Promise.reject(new PortError('UNSUPPORTED'));
  return {
    name,
    fault: undefined,
    calls: [],
    supports: { issue: false, revoke: false },
    async start() {
      this.calls.push('start');
      await Promise.resolve();
      if (this.fault !== undefined) throw this.fault;
    },
    async stop() {
      this.calls.push('stop');
      await Promise.resolve();
    },
    authenticate: () => Promise.resolve(undefined),
    issue: unused,
    list: unused,
    revoke: unused,
    trouble: () => undefined,
  };
}

describe('providers of credentials', () => {
  let clock: ManualClock;
  let board: HealthBoard;
  let welcomed: string[];
  let refusal: Error | undefined;
  beforeEach(() => {
    clock = createManualClock();
    board = new HealthBoard({ clock, log: createMemoryLogger() });
    welcomed = [];
    refusal = undefined;
  });
  const make = (given: readonly AuthProvider[], earlier: readonly string[] = []): Credentials => {
    const providers = new Roster(given);
    const log = createMemoryLogger();
    const welcome = async (provider: AuthProvider): Promise<void> => {
      await Promise.resolve();
      if (refusal !== undefined) throw refusal;
      welcomed.push(provider.name);
    };
    const auth = new AuthService({ providers, clock, log });
    return new Credentials({ providers, auth, board, clock, log, welcome, earlier });
  };
  const told = () => board.report().components['credentials'];

  it('come up in order, and are fine', async () => {
    const providers = [fake('one'), fake('two')];
    const credentials = make(providers);
    await credentials.start(signal);
    expect(welcomed).to.deep.equal(['one', 'two']);
    expect(told()).to.include({ state: 'ok' }).and.not.have.property('reason');
    await credentials.stop(signal);
    for (const { calls } of providers) expect(calls).to.deep.equal(['start', 'stop']);
  });

  it('that fail leave the others working, say why, and are tried until they come up', async () => {
    const [good, bad] = [fake('good'), fake('bad')];
    bad.fault = new PortError('OPTION_INVALID', { message: 'the key file is missing; put it there' });
    const credentials = make([bad, good]);
    await credentials.start(signal);
    expect(welcomed).to.deep.equal(['good']);
    expect(told()).to.include({
      state: 'degraded',
      reason: 'bad: the key file is missing; put it there',
    });
    await clock.advance(10_000);
    bad.fault = undefined;
    expect(told()?.state).to.equal('degraded');
    await clock.advance(10_000);
    expect(told()?.state).to.equal('ok');
    expect(welcomed).to.deep.equal(['good', 'bad']);
    expect(bad.calls).to.deep.equal(['start', 'start', 'start']);
    await clock.advance(60_000);
    expect(bad.calls, 'one that is up is left alone').to.have.length(3);
    await credentials.stop(signal);
  });

  it('are down when none works, and end while they are being tried', async () => {
    const bad = fake('bad');
    bad.fault = new TypeError('a mistake of a plugin');
    const credentials = make([bad]);
    await credentials.start(signal);
    expect(told()?.state).to.equal('down');
    await credentials.stop(signal);
    await clock.advance(60_000);
    expect(bad.calls).to.deep.equal(['start', 'stop']);
  });

  it('are not welcomed halfway: what fails then is told and tried again', async () => {
    const provider = fake('keys');
    refusal = new Error('the first admin key cannot be written');
    const credentials = make([provider]);
    await credentials.start(signal);
    expect(told()?.reason).to.equal('keys: the first admin key cannot be written');
    refusal = undefined;
    await clock.advance(10_000);
    expect(welcomed).to.deep.equal(['keys']);
    expect(told()?.state).to.equal('ok');
    await credentials.stop(signal);
  });

  it('tell of troubles that come and go, and of earlier ones', async () => {
    const provider = fake('keys');
    const credentials = make([provider], ['links end with this run']);
    await credentials.start(signal);
    provider.trouble = () => '3 keys cannot be read';
    credentials.report();
    expect(told()).to.include({
      state: 'degraded',
      reason: 'links end with this run; keys: 3 keys cannot be read',
    });
    provider.trouble = () => {
      throw new Error('it cannot even tell');
    };
    credentials.report();
    expect(told()?.reason).to.include('it cannot even tell');
    await credentials.stop(signal);
  });

  it('do not go on starting when the service is asked to stop', async () => {
    const stopping = new AbortController();
    const provider = fake('slow');
    provider.fault = new Error('aborted');
    stopping.abort(new Error('SIGTERM'));
    const start = make([provider]).start(stopping.signal);
    expect(await start.catch((error: unknown) => error)).to.have.property('message', 'SIGTERM');
  });
});
