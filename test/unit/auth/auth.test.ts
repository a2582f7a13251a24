import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { redact } from '../../../core/audit/record.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { maySee, permissionsOf, roleAllows } from '../../../core/auth/roles.js';
import { Tickets } from '../../../core/auth/tickets.js';
import { PortError, ROLES, type AuthProvider, type Principal } from '../../../ports/index.js';

const secret = new Uint8Array(32).fill(7);
const file = { kind: 'recordings', filename: 'a.mp4' } as const;
const vera: Principal = { id: 'vera', role: 'viewer', provider: 'one' };

function provider(name: string, known: Record<string, Principal | PortError>): AuthProvider {
  const unused = () => Promise.reject(new PortError('UNSUPPORTED'));
  return {
    name,
    supports: { issue: false, revoke: false },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    authenticate: (credential) => {
      const found = known[credential];
      return found instanceof PortError ? Promise.reject(found) : Promise.resolve(found);
    },
    issue: unused,
    list: unused,
    revoke: unused,
  };
}

describe('roles', () => {
  it('are ordered: a higher one may do all that a lower one may', () => {
    for (const [have, role] of ROLES.entries()) {
      for (const [need, required] of ROLES.entries()) {
        expect(roleAllows(role, required)).to.equal(have >= need);
      }
      expect(roleAllows(role, 'none')).to.equal(true);
    }
  });

  it('list what they may do', () => {
    const methods = [{ name: 'a', role: 'none' } as const, { name: 'b', role: 'operator' } as const];
    expect(permissionsOf('viewer', methods)).to.deep.equal(['a']);
    expect(permissionsOf('admin', methods)).to.deep.equal(['a', 'b']);
  });

  it('see all cameras, or those of their list', () => {
    expect(maySee(vera, 'camera3')).to.equal(true);
    expect(maySee({ ...vera, cameras: [] }, 'camera3')).to.equal(false);
  });
});

describe('logins', () => {
  const clock = createManualClock();
  const service = (...providers: AuthProvider[]) =>
    new AuthService({ providers, clock, log: createMemoryLogger() });
  const fail = (auth: AuthService, credential: string) =>
    auth.login(credential, 'a').then(
      () => undefined,
      (cause: unknown) => cause,
    );

  it('are decided by the first provider that knows the kind', async () => {
    const auth = service(
      provider('one', { good: vera, bad: new PortError('CREDENTIALS_REFUSED', { detail: { reason: 'r' } }) }),
      provider('two', { good: { ...vera, id: 'never' }, other: { ...vera, id: 'otto' }, bad: vera }),
    );
    expect(await auth.login('good', 'a')).to.include({ id: 'vera' });
    expect(await auth.login('other', 'a')).to.include({ id: 'otto' });
    expect(await fail(auth, 'bad')).to.deep.include({ code: 'AUTH_FAILED', data: { reason: 'r' } });
    expect(await fail(auth, 'unknown')).to.include({ code: 'AUTH_FAILED' });
    expect(await fail(auth, '')).to.include({ code: 'AUTH_FAILED' });
    expect(await fail(auth, 'x'.repeat(10_000))).to.include({ code: 'AUTH_FAILED' });
  });

  it('tell an expired credential from a wrong one, whoever noticed', async () => {
    const auth = service(
      provider('one', {
        late: { ...vera, expiresAt: clock.now() },
        old: new PortError('CREDENTIALS_EXPIRED'),
      }),
    );
    expect(await fail(auth, 'late')).to.include({ code: 'TOKEN_EXPIRED' });
    expect(await fail(auth, 'old')).to.include({ code: 'TOKEN_EXPIRED' });
  });
});

describe('tickets', () => {
  it('open one file until they end', async () => {
    const clock = createManualClock();
    const tickets = new Tickets(clock, { secret, ttlSeconds: 60 });
    const ticket = await tickets.issue(file);
    expect(ticket).to.match(/^\d+\.[A-Za-z0-9_-]{43}$/);
    expect(await tickets.verify(ticket, file)).to.equal(true);
    expect(await tickets.verify(ticket, { ...file, filename: 'b.mp4' })).to.equal(false);
    expect(await tickets.verify(ticket, { ...file, kind: 'snapshots' })).to.equal(false);
    await clock.advance(60_000);
    expect(await tickets.verify(ticket, file)).to.equal(false);
  });

  it('are not accepted when anything about them is changed', async () => {
    const clock = createManualClock();
    const tickets = new Tickets(clock, { secret, ttlSeconds: 60 });
    const ticket = await tickets.issue(file);
    const [expiry = '', signature = ''] = ticket.split('.');
    const wrong = [
      `${String(Number(expiry) + 1)}.${signature}`,
      `${expiry}.${'A'.repeat(43)}`,
      ticket.slice(1),
      `${ticket}A`,
      `${ticket}\n`,
      '',
      '.',
    ];
    for (const one of wrong) expect(await tickets.verify(one, file), one).to.equal(false);
    const others = new Tickets(clock, { secret: new Uint8Array(32), ttlSeconds: 60 });
    expect(await others.verify(ticket, file)).to.equal(false);
    expect(() => new Tickets(clock, { secret: new Uint8Array(8), ttlSeconds: 1 })).to.throw(TypeError);
  });
});

describe('redaction', () => {
  it('hides secrets under names, in URLs and at depth, and bounds the rest', () => {
    const clean = redact({
      auth_token: 'abc',
      stream_url: 'rtsp://user:pa55@10.0.0.1/x?token=zzz&y=1',
      inner: { api_key: 'abc', list: ['http://u:pa55@h/'] },
      long: 'x'.repeat(1000),
      count: 3,
    }) as Record<string, unknown>;
    const text = JSON.stringify(clean);
    for (const hidden of ['abc', 'pa55', 'zzz']) expect(text).not.to.contain(hidden);
    expect(clean['count']).to.equal(3);
    expect(text.length).to.be.below(600);
  });
});
