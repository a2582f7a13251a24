/** passport-jwt without HTTP: one call checks one token. */
import jwt from 'jsonwebtoken';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';

import { PortError } from '../../../ports/port-error.js';
import type { JwtAlgorithm, KeyFinder } from './verification-keys.js';

export interface VerifyOptions {
  readonly algorithm: JwtAlgorithm;
  readonly findKey: KeyFinder;
  readonly issuer?: string;
  readonly audience?: string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** What passport grafts on a strategy for each request. */
interface Attempt {
  success(claims: Claims): void;
  fail(info: unknown): void;
  error(error: unknown): void;
  authenticate(request: object): void;
}

/** @returns a function that answers with the claims of a token whose signature, issuer and audience are right. */
export function createVerifier(options: VerifyOptions): (token: string) => Promise<Claims> {
  const { algorithm, findKey, issuer, audience } = options;
  const settings: StrategyOptionsWithoutRequest = {
    jwtFromRequest: (request) => (request as unknown as { token: string }).token,
    secretOrKeyProvider: (_request, token: string, done) => {
      const key = findKey(headerOf(token)?.kid);
      // The library takes a KeyObject, which saves parsing the key for each token; its types know only text.
      if (key === undefined)
        done(new PortError('CREDENTIALS_REFUSED', { detail: { reason: 'unknown_key' } }));
      else done(null, key as unknown as Buffer);
    },
    algorithms: [algorithm],
    // Times are judged by the injected clock.
    ignoreExpiration: true,
    jsonWebTokenOptions: { ignoreNotBefore: true },
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const strategy = new Strategy(settings, (claims: Claims, done) => done(null, claims));
  return (token) => {
    const header = headerOf(token);
    if (header?.alg !== algorithm)
      return Promise.reject(refused(header === undefined ? 'malformed' : 'bad_algorithm'));
    return new Promise((resolve, reject) => {
      // An object of its own for each call: nothing is shared between two tokens under way.
      const attempt = Object.create(strategy) as Attempt;
      attempt.success = resolve;
      attempt.fail = (info) => reject(info instanceof PortError ? info : refused(reasonOf(info)));
      attempt.error = (error) => reject(error instanceof PortError ? error : refused('malformed'));
      attempt.authenticate({ token });
    });
  };
}

function refused(reason: string): PortError {
  return new PortError('CREDENTIALS_REFUSED', { detail: { reason } });
}

function headerOf(token: string): { readonly alg?: string; readonly kid?: string } | undefined {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'),
    );
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}

/** The library tells its refusals apart by their text only. */
function reasonOf(info: unknown): string {
  if (!(info instanceof jwt.JsonWebTokenError)) return 'malformed';
  if (/^jwt (?:issuer|audience|subject|id) invalid/.test(info.message)) return 'bad_claims';
  return info.message === 'invalid signature' ? 'bad_signature' : 'malformed';
}
