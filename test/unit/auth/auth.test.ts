import { expect } from 'chai';
import fc from 'fast-check';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { maySee, permissionsOf, roleAllows } from '../../../core/auth/roles.js';
import { Tickets } from '../../../core/auth/tickets.js';
import {
  MAX_CREDENTIAL_LENGTH,
  PortError,
  ROLES,
  type AuthProvider,
  type Principal,
} from '../../../ports/index.js';

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
    new AuthService({ providers: new Roster(providers), clock, log: createMemoryLogger() });
  const fail = (auth: AuthService, credential: string) =>
    auth.login(credential, 'a').then(
      () => undefined,
      (cause: unknown) => cause,
    );

  it('admit nobody whom a provider vouches for in words that mean nothing', async () => {
    const odd: object[] = [
      { expiresAt: 9e18 },
      { expiresAt: NaN },
      { role: 'root' },
      { id: '' },
      { id: 7 },
      { cameras: 'camera0' },
      { cameras: [1] },
    ];
    for (const each of odd) {
      const auth = service(provider('one', { good: { ...vera, ...each } }));
      expect(await fail(auth, 'good'), JSON.stringify(each)).to.have.property('code', 'AUTH_FAILED');
    }
  });

  it('take a credential of the greatest length, and none that is longer', async () => {
    const longest = 'x'.repeat(MAX_CREDENTIAL_LENGTH);
    const auth = service(provider('one', { [longest]: vera, [`${longest}x`]: vera }));
    expect(await auth.login(longest, 'a')).to.include({ id: 'vera' });
    expect(await fail(auth, `${longest}x`)).to.have.property('code', 'AUTH_FAILED');
  });

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
    const ticket = await tickets.issue(file, vera);
    expect(ticket).to.match(/^\d+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    expect(await tickets.verify(ticket, file)).to.include({ provider: 'one', role: 'viewer' });
    expect(await tickets.verify(ticket, { ...file, filename: 'b.mp4' })).to.equal(undefined);
    expect(await tickets.verify(ticket, { ...file, kind: 'snapshots' })).to.equal(undefined);
    await clock.advance(60_000);
    expect(await tickets.verify(ticket, file)).to.equal(undefined);
  });

  it('name the credential they were issued for, and nobody', async () => {
    const tickets = new Tickets(createManualClock(), { secret, ttlSeconds: 60 });
    const admin: Principal = { ...vera, role: 'admin', credentialId: 'c1', expiresAt: 5_000_000_000_000 };
    const ticket = await tickets.issue(file, admin);
    expect(await tickets.verify(ticket, file)).to.deep.equal({
      id: 'bearer of a link',
      role: 'viewer',
      provider: 'one',
      credentialId: 'c1',
      expiresAt: 5_000_000_000_000,
    });
    expect(atob(ticket.split('.')[1] ?? '')).not.to.include('vera');
  });

  it('are accepted for every principal that a provider can give', async () => {
    const tickets = new Tickets(createManualClock(), { secret, ttlSeconds: 60 });
    const text = fc.string({ unit: 'binary', maxLength: MAX_CREDENTIAL_LENGTH / 2, size: 'max' });
    const principals = fc.record(
      {
        id: text,
        role: fc.constantFrom(...ROLES),
        provider: fc.string({ minLength: 1, maxLength: 100 }),
        credentialId: text,
        expiresAt: fc.integer({ min: 1, max: 8.64e15 }),
        cameras: fc.array(fc.string()),
      },
      { requiredKeys: ['id', 'role', 'provider'] },
    );
    await fc.assert(
      fc.asyncProperty(principals, async (principal: Principal) => {
        const { provider: name, credentialId, expiresAt, id } = principal;
        const found = await tickets.verify(await tickets.issue(file, principal), file);
        expect(found).to.include({ role: 'viewer', provider: name });
        expect([found?.credentialId, found?.expiresAt]).to.deep.equal([credentialId, expiresAt]);
        if (credentialId === undefined) expect(found?.id).to.equal(id);
      }),
      { numRuns: 100 },
    );
  });

  it('are refused without being read when they are longer than any that is issued', async () => {
    const tickets = new Tickets(createManualClock(), { secret, ttlSeconds: 60 });
    const endless = `99999999999.${'A'.repeat(5 * MAX_CREDENTIAL_LENGTH)}.${'A'.repeat(43)}`;
    expect(await tickets.verify(endless, file)).to.equal(undefined);
  });

  it('are made whatever the clock says', async () => {
    for (const at of [0, 86_400_000, Date.UTC(2001, 1), Date.UTC(2300, 1)]) {
      const tickets = new Tickets(createManualClock(at), { secret, ttlSeconds: 60 });
      expect(await tickets.verify(await tickets.issue(file, vera), file), String(at)).to.not.equal(undefined);
    }
  });

  it('are not accepted when anything about them is changed', async () => {
    const clock = createManualClock();
    const tickets = new Tickets(clock, { secret, ttlSeconds: 60 });
    const ticket = await tickets.issue(file, vera);
    const [expiry = '', reference = '', signature = ''] = ticket.split('.');
    const wrong = [
      `${String(Number(expiry) + 1)}.${reference}.${signature}`,
      `${expiry}.${reference}A.${signature}`,
      `${expiry}.${reference}.${'A'.repeat(43)}`,
      `${expiry}.${signature}`,
      ticket.slice(1),
      `${ticket}A`,
      `${ticket}\n`,
      '',
      '.',
    ];
    for (const one of wrong) expect(await tickets.verify(one, file), one).to.equal(undefined);
    const others = new Tickets(clock, { secret: new Uint8Array(32), ttlSeconds: 60 });
    expect(await others.verify(ticket, file)).to.equal(undefined);
    expect(() => new Tickets(clock, { secret: new Uint8Array(8), ttlSeconds: 1 })).to.throw(TypeError);
  });
});
