import type { Principal } from '../../ports/auth-provider.js';
import { ServiceError } from '../errors/service-error.js';
import { isExpired } from './roles.js';

/** How an authorisation ends: its time is over, or it was taken back. */
export type LeaseEnd = 'expired' | 'revoked';

/** What goes on because of an authorisation. */
export interface LeaseHolder {
  /** It has ended. Called once, and nothing after it. */
  readonly onEnd?: () => void;
  /** The principal has another role, other cameras or another end. */
  readonly onChange?: (principal: Principal) => void;
}

/** Who keeps the leases. */
export interface LeaseRegister {
  /** Wall-clock time in milliseconds since 1970. */
  now(): number;
  letGo(lease: Lease): void;
}

/** The authorisation of something that goes on. Always tells without waiting whether it still holds. */
export class Lease {
  readonly #holder: LeaseHolder;
  readonly #register: LeaseRegister;
  #principal: Principal;
  #end: LeaseEnd | undefined;
  /** The same for everything that one credential allows, and for nothing else. */
  readonly key: string;

  constructor(principal: Principal, holder: LeaseHolder, register: LeaseRegister) {
    this.#principal = principal;
    this.#holder = holder;
    this.#register = register;
    this.key = credentialKey(principal);
  }

  /** As the provider sees it now. */
  get principal(): Principal {
    return this.#principal;
  }

  get isExpired(): boolean {
    // The clock is not looked at for those who never end: by far the most calls come from them.
    return this.#principal.expiresAt !== undefined && isExpired(this.#principal, this.#register.now());
  }

  get holds(): boolean {
    return this.#end === undefined && !this.isExpired;
  }

  /** @throws ServiceError `TOKEN_EXPIRED` when its time is over, `AUTH_FAILED` when it was taken back. */
  assertHolds(): void {
    if (this.holds) return;
    throw this.#end === 'revoked' ? revoked() : tokenExpired();
  }

  renew(principal: Principal): void {
    if (isSame(this.#principal, principal)) return;
    this.#principal = principal;
    this.#holder.onChange?.(principal);
  }

  end(how: LeaseEnd): void {
    if (this.#end !== undefined) return;
    this.#end = how;
    this.#holder.onEnd?.();
  }

  /** What was going on is over. May be repeated. */
  release(): void {
    this.#register.letGo(this);
  }
}

/** Names the credential behind a principal. */
export function credentialKey({ provider, credentialId, id }: Principal): string {
  return credentialId === undefined ? `${provider}\n\n${id}` : `${provider}\n${credentialId}`;
}

export function tokenExpired(): ServiceError {
  return new ServiceError('TOKEN_EXPIRED', { reason: 'token_expired' });
}

function revoked(): ServiceError {
  return new ServiceError('AUTH_FAILED', { reason: 'revoked' });
}

function isSame(one: Principal, other: Principal): boolean {
  return (
    one.id === other.id &&
    one.role === other.role &&
    one.expiresAt === other.expiresAt &&
    one.cameras?.join('\n') === other.cameras?.join('\n')
  );
}
