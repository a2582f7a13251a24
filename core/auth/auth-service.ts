import {
  MAX_CREDENTIAL_LENGTH,
  ROLES,
  type AuthProvider,
  type Principal,
} from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { Component } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import { isPortError } from '../../ports/port-error.js';
import { fromPortError, isServiceError, rateLimited, ServiceError } from '../errors/service-error.js';
import type { Roster } from '../lifecycle/roster.js';
import { tokenExpired, type Lease, type LeaseHolder } from './lease.js';
import { Leases } from './leases.js';
import { LoginThrottle, type LoginThrottleOptions } from './login-throttle.js';
import { isExpired } from './roles.js';

export interface AuthServiceDeps {
  /** Asked in this order; the first that knows the kind of credential decides. */
  readonly providers: Roster<AuthProvider>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Answers that are kept back at a time; beyond it a refusal is told at once. */
const MAX_DELAYED = 1_000;

/** Turns credentials into principals, for calls, files and viewers alike, and knows when what they allowed is over. */
export class AuthService implements Component {
  readonly name = 'auth';
  readonly #deps: AuthServiceDeps;
  readonly #throttle: LoginThrottle;
  readonly #leases: Leases;
  #delayed = 0;

  constructor(deps: AuthServiceDeps, throttle: LoginThrottleOptions = {}) {
    this.#deps = deps;
    this.#throttle = new LoginThrottle(deps.clock, throttle);
    this.#leases = new Leases(deps);
  }

  /** Notices from here on when a provider takes a credential back. */
  async start(): Promise<void> {
    this.#leases.start();
  }

  async stop(): Promise<void> {
    this.#leases.stop();
  }

  /**
   * Who shows this credential. A good one is never refused or delayed because of bad ones; the answer to a bad one may come late.
   * @param address where it comes from; failures from one address slow each other down.
   * @throws ServiceError `AUTH_FAILED`, `TOKEN_EXPIRED`, `RATE_LIMITED`, `DEPENDENCY_FAILED`.
   */
  async login(credential: string, address: string): Promise<Principal> {
    try {
      return await this.#recognise(credential);
    } catch (cause) {
      const { error, delayMs } = await this.#refusal(cause, credential, address);
      await this.#delay(delayMs);
      throw error;
    }
  }

  /** As `login`, and the answer never comes late: for whoever holds others up while waiting. */
  async check(credential: string, address: string): Promise<Principal> {
    try {
      return await this.#recognise(credential);
    } catch (cause) {
      throw (await this.#refusal(cause, credential, address)).error;
    }
  }

  /** Ties what goes on to the authorisation of a principal that was just recognised; see `Leases.hold`. */
  hold(principal: Principal, holder?: LeaseHolder): Lease {
    return this.#leases.hold(principal, holder);
  }

  /**
   * What an earlier principal may now. @throws ServiceError `TOKEN_EXPIRED`, or `AUTH_FAILED` when the credential was taken back.
   */
  async recheck(principal: Principal): Promise<Principal> {
    const now = await this.#leases.recheck(principal);
    if (now === undefined) throw new ServiceError('AUTH_FAILED', { reason: 'revoked' });
    return this.#current(now);
  }

  async #recognise(credential: string): Promise<Principal> {
    if (credential !== '' && credential.length <= MAX_CREDENTIAL_LENGTH) {
      for (const provider of this.#deps.providers.all) {
        const principal = await provider.authenticate(credential);
        if (principal !== undefined) return this.#current(principal);
      }
    }
    throw new ServiceError('AUTH_FAILED', { reason: 'unknown_credential' });
  }

  #current(principal: Principal): Principal {
    if (!isSound(principal)) throw new ServiceError('AUTH_FAILED', { reason: 'bad_principal' });
    if (isExpired(principal, this.#deps.clock.now())) throw tokenExpired();
    return principal;
  }

  /** An expired credential was a good one once: it is no guess and does not slow anybody down. */
  async #refusal(
    cause: unknown,
    credential: string,
    address: string,
  ): Promise<{ readonly error: unknown; readonly delayMs: number }> {
    const error = isPortError(cause) ? fromPortError(cause) : cause;
    if (!isServiceError(error, 'AUTH_FAILED')) return { error, delayMs: 0 };
    const { pauseMs, delayMs } = this.#throttle.failed(await digestOf(credential), address);
    if (pauseMs > 0) return { error: rateLimited(pauseMs), delayMs };
    this.#deps.log.warn('login refused', { address, reason: error.data['reason'] });
    return { error, delayMs };
  }

  async #delay(delayMs: number): Promise<void> {
    if (delayMs === 0 || this.#delayed >= MAX_DELAYED) return;
    this.#delayed += 1;
    try {
      await this.#deps.clock.sleep(delayMs);
    } finally {
      this.#delayed -= 1;
    }
  }
}

/** Providers may be anybody's: what they vouch for is checked before it counts. */
function isSound({ id, role, cameras, expiresAt }: Principal): boolean {
  return (
    typeof id === 'string' &&
    id !== '' &&
    ROLES.includes(role) &&
    (cameras === undefined ||
      (Array.isArray(cameras) && cameras.every((name) => typeof name === 'string'))) &&
    (expiresAt === undefined || !Number.isNaN(new Date(expiresAt).getTime()))
  );
}

/** Credentials are not kept, not even wrong ones. */
async function digestOf(credential: string): Promise<string> {
  const bytes = new TextEncoder().encode(credential.slice(0, MAX_CREDENTIAL_LENGTH + 1));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return btoa(String.fromCharCode(...digest.subarray(0, 16)));
}
