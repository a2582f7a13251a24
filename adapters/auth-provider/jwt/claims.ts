/** What the claims of a token say. Each is either right or refuses the token: nothing is ignored because it looks odd. */
import type { Principal } from '../../../ports/auth-provider.js';
import { PortError } from '../../../ports/port-error.js';
import { isCameraList, isRole, isSubject, isTime } from '../../_shared/issue-request.js';
import { refused } from './refused.js';
import type { Claims } from './verify-token.js';

const MAX_ID_LENGTH = 255;

/** @throws PortError `CREDENTIALS_REFUSED` (`no_expiry`, `bad_claims`, `not_yet_valid`), `CREDENTIALS_EXPIRED`. */
export function principalOf(
  claims: Claims,
  { now, toleranceMs }: { readonly now: number; readonly toleranceMs: number },
): Omit<Principal, 'provider'> {
  const { exp, nbf, iat, jti, role, cameras } = claims;
  if (exp === undefined) throw refused('no_expiry');
  if (!isNumericDate(exp)) throw refused('bad_claims');
  const startsAt = optional(nbf, isNumericDate);
  optional(iat, isNumericDate);
  optional(jti, isTokenId);
  const id = 'sub' in claims ? claims['sub'] : claims['user_id'];
  if (!isSubject(id) || !isRole(role)) throw refused('bad_claims');
  const list = optional(cameras, isCameraList);
  const expiresAt = Math.floor(exp * 1000) + toleranceMs;
  if (!isTime(expiresAt)) throw refused('bad_claims');
  if (now >= expiresAt) throw new PortError('CREDENTIALS_EXPIRED');
  if (startsAt !== undefined && now < startsAt * 1000 - toleranceMs) throw refused('not_yet_valid');
  return { id, role, expiresAt, ...(list === undefined ? {} : { cameras: list }) };
}

/** Seconds since 1970, with a fraction or without (RFC 7519, section 2), that a Date can hold. */
function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && isTime(value * 1000);
}

function isTokenId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ID_LENGTH;
}

/** @throws PortError `CREDENTIALS_REFUSED` for what is there and is not what it must be. */
function optional<T>(value: unknown, isRight: (value: unknown) => value is T): T | undefined {
  if (value === undefined || isRight(value)) return value;
  throw refused('bad_claims');
}
