import type { AuthProvider, CredentialChange, Principal } from '../../ports/auth-provider.js';
import type { CancelTimer, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { Roster } from '../lifecycle/roster.js';
import { Lease, type LeaseEnd, type LeaseHolder, type LeaseRegister } from './lease.js';

export interface LeasesDeps {
  readonly providers: Roster<AuthProvider>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An end by time is noticed this late at most when the wall clock is set forward. */
const LOOK_MS = 5_000;

/**
 * Everything that goes on because of an authorisation that was checked once: sockets, downloads, viewers. Each is told when the
 * authorisation ends (its time is over, the provider took it back) or is worth something else (role, cameras).
 */
export class Leases {
  readonly #deps: LeasesDeps;
  readonly #held = new Set<Lease>();
  readonly #register: LeaseRegister;
  #unfollow: (() => void) | undefined;
  readonly #unwatch = new Map<AuthProvider, () => void>();
  #cancel: CancelTimer = () => undefined;
  /** On the monotonic clock. */
  #looksAt = Infinity;

  constructor(deps: LeasesDeps) {
    this.#deps = deps;
    this.#register = { now: () => deps.clock.now(), letGo: (lease) => this.#held.delete(lease) };
  }

  /** How many are held. */
  get size(): number {
    return this.#held.size;
  }

  /** Listens to the providers from here on. May be repeated. */
  start(): void {
    this.#unfollow ??= this.#deps.providers.follow((provider) => {
      const unwatch = provider.watch?.((change) => {
        this.#changed(provider, change);
      });
      if (unwatch !== undefined) this.#unwatch.set(provider, unwatch);
      return () => this.#left(provider);
    });
  }

  /** Nobody is told anything any more. May be repeated. */
  stop(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
    for (const unwatch of this.#unwatch.values()) unwatch();
    this.#unwatch.clear();
    this.#cancel();
    this.#looksAt = Infinity;
    this.#held.clear();
  }

  /**
   * Ties what is going on to the authorisation of a principal that was just recognised. It is looked at once more at once, so that
   * a change between the recognition and this call is not missed. Whoever holds a lease releases it in the end.
   */
  hold(principal: Principal, holder: LeaseHolder = {}): Lease {
    const lease = new Lease(principal, holder, this.#register);
    this.#held.add(lease);
    this.#lookBefore(principal.expiresAt);
    const provider = this.#deps.providers.all.find(({ name }) => name === principal.provider);
    if (provider !== undefined) void this.#reconsider(lease, provider);
    return lease;
  }

  /** What the credential of this principal is worth now; `undefined` when it has ended. */
  async recheck(principal: Principal): Promise<Principal | undefined> {
    const provider = this.#deps.providers.all.find(({ name }) => name === principal.provider);
    // A provider that is not configured any more vouches for nobody.
    if (provider === undefined) return undefined;
    return provider.recheck === undefined ? principal : await provider.recheck(principal);
  }

  /** Nobody vouches any more for what the provider has allowed. */
  #left(provider: AuthProvider): void {
    this.#unwatch.get(provider)?.();
    this.#unwatch.delete(provider);
    for (const lease of this.#held)
      if (lease.principal.provider === provider.name) this.#end(lease, 'revoked');
  }

  #changed(provider: AuthProvider, change: CredentialChange): void {
    for (const lease of this.#held)
      if (concerns(change, lease.principal, provider)) void this.#reconsider(lease, provider);
  }

  async #reconsider(lease: Lease, provider: AuthProvider): Promise<void> {
    if (provider.recheck === undefined) return;
    try {
      const principal = await provider.recheck(lease.principal);
      if (!this.#held.has(lease)) return;
      if (principal === undefined) this.#end(lease, 'revoked');
      else this.#renew(lease, principal);
    } catch (cause) {
      // Nobody vouches for it now. Its client can log in again when the provider can tell.
      this.#deps.log.error('a credential could not be verified again; everything it allowed has ended', {
        cause,
      });
      if (this.#held.has(lease)) this.#end(lease, 'revoked');
    }
  }

  #renew(lease: Lease, principal: Principal): void {
    this.#lookBefore(principal.expiresAt);
    this.#safely(() => {
      lease.renew(principal);
    });
  }

  #end(lease: Lease, end: LeaseEnd): void {
    this.#held.delete(lease);
    this.#safely(() => {
      lease.end(lease.isExpired ? 'expired' : end);
    });
  }

  /** One timer for all, for the earliest end; wall time may jump, so it never waits long. */
  #lookBefore(expiresAt: number | undefined): void {
    if (expiresAt === undefined) return;
    const { clock } = this.#deps;
    const waitMs = Math.min(LOOK_MS, Math.max(0, expiresAt - clock.now()));
    const at = clock.monotonicMs() + waitMs;
    if (at >= this.#looksAt) return;
    this.#cancel();
    this.#looksAt = at;
    this.#cancel = clock.after(waitMs, () => {
      this.#look();
    });
  }

  #look(): void {
    this.#looksAt = Infinity;
    for (const lease of this.#held) {
      if (lease.isExpired) this.#end(lease, 'expired');
      else this.#lookBefore(lease.principal.expiresAt);
    }
  }

  #safely(tell: () => void): void {
    try {
      tell();
    } catch (cause) {
      this.#deps.log.error('the end of an authorisation could not be reported', { cause });
    }
  }
}

function concerns(change: CredentialChange, principal: Principal, provider: AuthProvider): boolean {
  if (principal.provider !== provider.name) return false;
  return change === 'all' || (principal.credentialId ?? change.credentialId) === change.credentialId;
}
