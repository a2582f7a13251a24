import type { AuthProvider, Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import { isPortError } from '../../ports/port-error.js';
import { fromPortError, isServiceError, rateLimited, ServiceError } from '../errors/service-error.js';
import { LoginThrottle, type LoginThrottleOptions } from './login-throttle.js';
import { isExpired } from './roles.js';

export interface AuthServiceDeps {
  /** Asked in this order; the first that knows the kind of credential decides. */
  readonly providers: readonly AuthProvider[];
  readonly clock: Clock;
  readonly log: Logger;
}

const MAX_CREDENTIAL_LENGTH = 8192;

/** Turns credentials into principals, for calls, files and viewers alike. */
export class AuthService {
  readonly #deps: AuthServiceDeps;
  readonly #throttle: LoginThrottle;

  constructor(deps: AuthServiceDeps, throttle: LoginThrottleOptions = {}) {
    this.#deps = deps;
    this.#throttle = new LoginThrottle(deps.clock, throttle);
  }

  /**
   * Who shows this credential.
   * @param address where it comes from; failures from one address slow it down.
   * @throws ServiceError `AUTH_FAILED`, `TOKEN_EXPIRED`, `RATE_LIMITED`, `DEPENDENCY_FAILED`.
   */
  async login(credential: string, address: string): Promise<Principal> {
    const waitMs = this.#throttle.waitMs(address);
    if (waitMs > 0) throw rateLimited(waitMs);
    try {
      const principal = await this.#recognise(credential);
      this.assertCurrent(principal);
      this.#throttle.succeeded(address);
      return principal;
    } catch (cause) {
      throw this.#refusal(cause, address);
    }
  }

  /** @throws ServiceError `TOKEN_EXPIRED` when the principal's time is over. */
  assertCurrent(principal: Principal): void {
    if (isExpired(principal, this.#deps.clock.now())) {
      throw new ServiceError('TOKEN_EXPIRED', { reason: 'token_expired' });
    }
  }

  async #recognise(credential: string): Promise<Principal> {
    if (credential !== '' && credential.length <= MAX_CREDENTIAL_LENGTH) {
      for (const provider of this.#deps.providers) {
        const principal = await provider.authenticate(credential);
        if (principal !== undefined) return principal;
      }
    }
    throw new ServiceError('AUTH_FAILED', { reason: 'unknown_credential' });
  }

  /** An expired credential was a good one once: it is no guess and does not slow anybody down. */
  #refusal(cause: unknown, address: string): unknown {
    const error = isPortError(cause) ? fromPortError(cause) : cause;
    if (isServiceError(error, 'AUTH_FAILED')) {
      this.#throttle.failed(address);
      this.#deps.log.warn('login refused', { address, reason: error.data['reason'] });
    }
    return error;
  }
}
