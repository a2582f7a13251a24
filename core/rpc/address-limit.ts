import type { Clock } from '../../ports/clock.js';
import { REALM_SHARE } from '../auth/login-throttle.js';
import type { ClientSession } from './client-session.js';
import { RateLimit, type RateLimitOptions } from './rate-limit.js';

/** Limits of addresses, and of transports whose clients have no IP addresses: those can have a new address for each call. */
export class AddressLimit {
  readonly #perGroup: RateLimit;
  readonly #perRealm: RateLimit;

  constructor(clock: Clock, options: RateLimitOptions) {
    const { perMinute, burst } = options;
    this.#perGroup = new RateLimit(clock, options);
    this.#perRealm = new RateLimit(clock, { perMinute: perMinute * REALM_SHARE, burst: burst * REALM_SHARE });
  }

  /** @throws ServiceError `RATE_LIMITED`; what a client is refused for itself costs the others nothing. */
  take({ addressGroup, addressRealm }: Pick<ClientSession, 'addressGroup' | 'addressRealm'>): void {
    this.#perGroup.take(addressGroup);
    if (addressRealm !== undefined) this.#perRealm.take(addressRealm);
  }
}
