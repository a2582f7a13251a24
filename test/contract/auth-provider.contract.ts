import { expect } from 'chai';

import type { AuthProvider, IssuedCredential, IssueRequest } from '../../ports/auth-provider.js';
import { lifecycleTrait } from './lifecycle.trait.js';

export interface AuthProviderWorld {
  /** A fresh provider, opened. */
  create(): Promise<AuthProvider>;
  /** Lets time pass for the provider. */
  pass(durationMs: number): Promise<void>;
  /** Makes a credential: through `issue`, or as the outside issuer would where the provider cannot. */
  issue(provider: AuthProvider, request: IssueRequest): Promise<IssuedCredential>;
  /** The credential, changed so that it keeps its kind but is not valid. */
  forge(credential: string): string;
}

const HOUR: IssueRequest = { subject: 'alice', role: 'operator', ttlSeconds: 3600 };
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

export function authProviderContract(name: string, world: AuthProviderWorld): void {
  describe(`${name} as an AuthProvider`, () => {
    lifecycleTrait(async () => {
      const provider = await world.create();
      await provider.stop(new AbortController().signal);
      return provider;
    }, 5_000);

    it('[admits] turns its credential into the principal it was made for', async () => {
      const provider = await world.create();
      const { credential, expiresAt } = await world.issue(provider, HOUR);
      const principal = await provider.authenticate(credential);
      expect(principal).to.deep.equal({ id: 'alice', role: 'operator', expiresAt, provider: provider.name });
    });

    it('[cameras] keeps the list of cameras, also an empty one', async () => {
      const provider = await world.create();
      for (const cameras of [['camera0', 'front-door'], []]) {
        const { credential } = await world.issue(provider, { ...HOUR, cameras });
        expect((await provider.authenticate(credential))?.cameras).to.deep.equal(cameras);
      }
    });

    it('[foreign] answers undefined for what is not of its kind', async () => {
      const provider = await world.create();
      for (const text of ['', 'hello', 'Bearer x', 'other_0_1', '\0', 'x'.repeat(100_000)])
        expect(await provider.authenticate(text), text.slice(0, 10)).to.equal(undefined);
    });

    it('[forged] refuses a forged credential with a reason and without repeating it', async () => {
      const provider = await world.create();
      const forged = world.forge((await world.issue(provider, HOUR)).credential);
      const error: unknown = await provider.authenticate(forged).catch((cause: unknown) => cause);
      expect(error).to.have.property('code', 'CREDENTIALS_REFUSED');
      expect(error).to.have.nested.property('detail.reason').that.is.a('string');
      const { message, detail, stack } = error as Error & { detail: unknown };
      expect(JSON.stringify([message, detail, stack])).not.to.include(forged);
    });

    it('[expires] says CREDENTIALS_EXPIRED after its time, not before', async () => {
      const provider = await world.create();
      const { credential } = await world.issue(provider, { ...HOUR, ttlSeconds: 60 });
      await world.pass(58_000);
      expect(await provider.authenticate(credential)).to.include({ id: 'alice' });
      await world.pass(3000);
      expect(await codeOf(provider.authenticate(credential))).to.equal('CREDENTIALS_EXPIRED');
    });

    it('[issue-checks] refuses to issue nonsense, or says that it cannot issue', async () => {
      const provider = await world.create();
      const wrong = [
        { ...HOUR, role: 'root' },
        { ...HOUR, subject: '' },
        { ...HOUR, ttlSeconds: 0 },
        { ...HOUR, cameras: [1] },
      ] as unknown as IssueRequest[];
      const expected = provider.supports.issue ? 'OPTION_INVALID' : 'UNSUPPORTED';
      for (const request of wrong) expect(await codeOf(provider.issue(request))).to.equal(expected);
    });

    it('[unique] never issues the same secret twice where it keeps records', async () => {
      const provider = await world.create();
      if (!provider.supports.revoke) return;
      const made = [await provider.issue(HOUR), await provider.issue(HOUR)];
      expect(new Set(made.map(({ credential }) => credential)).size).to.equal(2);
      expect(new Set(made.map(({ id }) => id)).size).to.equal(2);
    });

    it('[lists] lists records without secrets, or says UNSUPPORTED', async () => {
      const provider = await world.create();
      if (!provider.supports.revoke) {
        expect(await codeOf(provider.list())).to.equal('UNSUPPORTED');
        return;
      }
      const { credential, id } = await provider.issue({ ...HOUR, cameras: ['camera0'] });
      const records = await provider.list();
      expect(records).to.have.length(1);
      expect(records[0]).to.deep.include({ id, subject: 'alice', role: 'operator', cameras: ['camera0'] });
      expect(JSON.stringify(records)).not.to.include(credential);
    });

    it('[revokes] ends a credential at once and leaves the others, or says UNSUPPORTED', async () => {
      const provider = await world.create();
      if (!provider.supports.revoke) {
        expect(await codeOf(provider.revoke('x'))).to.equal('UNSUPPORTED');
        return;
      }
      const [gone, kept] = [await provider.issue(HOUR), await provider.issue({ ...HOUR, subject: 'bob' })];
      expect(await provider.revoke(gone.id)).to.equal(true);
      expect(await provider.revoke(gone.id)).to.equal(false);
      expect(await codeOf(provider.authenticate(gone.credential))).to.equal('CREDENTIALS_REFUSED');
      expect(await provider.authenticate(kept.credential)).to.include({ id: 'bob' });
    });
  });
}
