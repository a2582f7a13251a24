/** passport-jwt without HTTP: one call checks one token. */
import type { KeyObject } from 'node:crypto';

import jwt from 'jsonwebtoken';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';

import { isPortError } from '../../../ports/port-error.js';
import type { JwtAlgorithm, KeyFinder } from './key-fitness.js';
import { refused } from './refused.js';
import { readHeader } from './token-header.js';

export interface VerifyOptions {
  readonly algorithm: JwtAlgorithm;
  readonly findKeys: KeyFinder;
  readonly issuer?: string;
  readonly audience?: string;
}

export type Claims = Readonly<Record<string, unknown>>;

interface Checked {
  readonly token: string;
  readonly key: KeyObject;
}

/** What passport grafts on a strategy for each request. */
interface Attempt {
  success(claims: Claims): void;
  fail(info: unknown): void;
  error(error: unknown): void;
  authenticate(request: object): void;
}

/** @returns a function that answers with the claims of a token whose header, signature, issuer and audience are right. */
export function createVerifier(options: VerifyOptions): (token: string) => Promise<Claims> {
  const { algorithm, findKeys } = options;
  const strategy = strategyFor(options);
  return async (token) => {
    const { kid } = readHeader(token, algorithm);
    const keys = await findKeys(kid);
    let refusal = refused('unknown_key');
    for (const key of keys) {
      try {
        return await attempt(strategy, { token, key });
      } catch (error) {
        if (!isPortError(error) || error.detail['reason'] !== 'bad_signature') throw error;
        refusal = error;
      }
    }
    throw refusal;
  };
}

function strategyFor({ algorithm, issuer, audience }: VerifyOptions): Strategy {
  const settings: StrategyOptionsWithoutRequest = {
    jwtFromRequest: (request) => (request as unknown as Checked).token,
    // The library takes a KeyObject, which saves parsing the key for each token; its types know only text.
    secretOrKeyProvider: (request, _token, done) =>
      done(null, (request as unknown as Checked).key as unknown as Buffer),
    algorithms: [algorithm],
    // Times are judged by the injected clock.
    ignoreExpiration: true,
    jsonWebTokenOptions: { ignoreNotBefore: true },
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  return new Strategy(settings, (claims: Claims, done) => done(null, claims));
}

function attempt(strategy: Strategy, checked: Checked): Promise<Claims> {
  return new Promise((resolve, reject) => {
    // An object of its own for each call: nothing is shared between two tokens under way.
    const own = Object.create(strategy) as Attempt;
    own.success = (claims) => {
      // The library hands on whatever JSON the payload is; for a token without claims that may be a text.
      if (typeof claims === 'object' && (claims as unknown) !== null && !Array.isArray(claims))
        resolve(claims);
      else reject(refused('malformed'));
    };
    own.fail = (info) => reject(refused(reasonOf(info)));
    own.error = () => reject(refused('malformed'));
    try {
      own.authenticate(checked);
    } catch {
      // The library reads claims of a payload that is `null`.
      reject(refused('malformed'));
    }
  });
}

/** The library tells its refusals apart by their text only. */
function reasonOf(info: unknown): string {
  if (!(info instanceof jwt.JsonWebTokenError)) return 'malformed';
  if (/^jwt (?:issuer|audience|subject|id) invalid/.test(info.message)) return 'bad_claims';
  return info.message === 'invalid signature' ? 'bad_signature' : 'malformed';
}
