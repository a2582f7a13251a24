import { expect } from 'chai';

import type {
  AuthProvider,
  CredentialChange,
  IssuedCredential,
  IssueRequest,
  Principal,
} from '../../ports/auth-provider.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { lifecycleTrait } from './lifecycle.trait.js';
import { before } from './outcome.js';
import { contractSuite, describe, it } from './runner.contract.js';

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

/** News of a change made through the provider itself have no way to go. */
const TELLING_MS = 1000;
const HOUR: IssueRequest = { subject: 'alice', role: 'operator', ttlSeconds: 3600 };
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

export const authProviderContract = contractSuite((name, world: AuthProviderWorld) => {
  describe(`${name} as an AuthProvider`, () => {
    identityTrait(() => world.create(), { issue: isFlag, revoke: isFlag });
    lifecycleTrait(async () => {
      const provider = await world.create();
      await provider.stop(new AbortController().signal);
      return provider;
    }, 5_000);

    it('[admits] authenticates a credential as the principal for whom it was issued', async () => {
      const provider = await world.create();
      const { credential, expiresAt } = await world.issue(provider, HOUR);
      const { credentialId: _, ...principal } = (await provider.authenticate(credential)) ?? {};
      expect(principal).to.deep.equal({ id: 'alice', role: 'operator', expiresAt, provider: provider.name });
    });

    it('[cameras] keeps the list of cameras, even if it is empty', async () => {
      const provider = await world.create();
      for (const cameras of [['camera0', 'front-door'], []]) {
        const { credential } = await world.issue(provider, { ...HOUR, cameras });
        expect((await provider.authenticate(credential))?.cameras).to.deep.equal(cameras);
      }
    });

    it('[foreign] returns undefined for credentials of other kinds', async () => {
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

    it('[expires] fails with CREDENTIALS_EXPIRED after the expiry time, not before', async () => {
      const provider = await world.create();
      const { credential } = await world.issue(provider, { ...HOUR, ttlSeconds: 60 });
      await world.pass(58_000);
      expect(await provider.authenticate(credential)).to.include({ id: 'alice' });
      await world.pass(3000);
      expect(await codeOf(provider.authenticate(credential))).to.equal('CREDENTIALS_EXPIRED');
    });

    it('[issue-checks] refuses to issue invalid credentials, or declares that it cannot issue', async () => {
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

    it('[unique] never issues the same secret twice if it keeps records', async () => {
      const provider = await world.create();
      if (!provider.supports.revoke) return;
      const made = [await provider.issue(HOUR), await provider.issue(HOUR)];
      expect(new Set(made.map(({ credential }) => credential)).size).to.equal(2);
      expect(new Set(made.map(({ id }) => id)).size).to.equal(2);
    });

    it('[lists] lists records without secrets, or fails with UNSUPPORTED', async () => {
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

    it('[revokes] revokes one credential immediately and no other, or fails with UNSUPPORTED', async () => {
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

    it('[credential-id] identifies each credential by a stable, unique id that is not secret', async () => {
      const provider = await world.create();
      const issued = [
        await world.issue(provider, HOUR),
        await world.issue(provider, { ...HOUR, subject: 'bob' }),
      ];
      const seen = new Set<unknown>();
      for (const { credential, id } of issued) {
        const [first, again] = [
          await provider.authenticate(credential),
          await provider.authenticate(credential),
        ];
        expect(first?.credentialId).to.be.a('string').and.not.equal('');
        expect(again?.credentialId).to.equal(first?.credentialId);
        if (provider.supports.revoke) expect(first?.credentialId).to.equal(id);
        expect(first?.credentialId).not.to.equal(credential);
        seen.add(first?.credentialId);
      }
      expect(seen.size).to.equal(2);
    });

    it('[hands-over] delivers the secret before it takes effect, and issues nothing if the delivery fails', async () => {
      const provider = await world.create();
      if (!provider.supports.issue) return;
      const given: string[] = [];
      const handOver = async (credential: string): Promise<void> => void given.push(credential);
      const { credential } = await provider.issue({ ...HOUR, handOver });
      expect(given).to.deep.equal([credential]);
      const nobody = (): Promise<void> => Promise.reject(new Error('nobody is there'));
      const refusal: unknown = await provider
        .issue({ ...HOUR, handOver: nobody })
        .catch((error: unknown) => error);
      expect(refusal).to.have.property('message', 'nobody is there');
      if (provider.supports.revoke) expect(await provider.list()).to.have.length(1);
    });

    it('[reaches] supports watch and recheck if it supports revocation', async () => {
      const provider = await world.create();
      const { watch, recheck, supports } = provider;
      expect([watch !== undefined, recheck !== undefined]).to.deep.equal([supports.revoke, supports.revoke]);
    });

    it('[tells] reports revoked credentials to listeners until their subscription ends', async () => {
      const provider = await world.create();
      if (!provider.supports.revoke) return;
      const [gone, later] = [await provider.issue(HOUR), await provider.issue(HOUR)];
      const told: CredentialChange[] = [];
      const news = new Promise<CredentialChange>((resolve) => provider.watch?.(resolve));
      const leave = provider.watch?.((change) => void told.push(change));
      await provider.revoke(gone.id);
      const change = await before(news, TELLING_MS);
      if (change !== 'all') expect(change).to.deep.equal({ credentialId: gone.id });
      expect(told.length).to.be.greaterThan(0);
      leave?.();
      leave?.();
      told.length = 0;
      await provider.revoke(later.id);
      expect(told).to.deep.equal([]);
    });

    it('[rechecks] returns the principal of a credential, or undefined after its end', async () => {
      const provider = await world.create();
      if (!provider.supports.revoke) return;
      const [short, gone, kept] = [
        await provider.issue({ ...HOUR, ttlSeconds: 60 }),
        await provider.issue({ ...HOUR, cameras: ['camera0'] }),
        await provider.issue({ ...HOUR, subject: 'bob' }),
      ];
      const worth = async ({ credential }: IssuedCredential): Promise<Principal> =>
        (await provider.authenticate(credential)) ?? expect.fail('it was not admitted');
      const [ofShort, ofGone, ofKept] = [await worth(short), await worth(gone), await worth(kept)];
      for (const principal of [ofShort, ofGone, ofKept])
        expect(await provider.recheck?.(principal)).to.deep.equal(principal);
      await provider.revoke(gone.id);
      expect(await provider.recheck?.(ofGone), 'taken back').to.equal(undefined);
      await world.pass(61_000);
      expect(await provider.recheck?.(ofShort), 'over').to.equal(undefined);
      expect(await provider.recheck?.(ofKept)).to.deep.equal(ofKept);
    });
  });
});
