/** An AuthProvider for signed tokens: HS256 with a secret of ours, RS256 or ES256 with somebody else's public key. */
import { createHash, randomBytes, type KeyObject } from 'node:crypto';

import jwt from 'jsonwebtoken';

import {
  MAX_CREDENTIAL_LENGTH,
  type AuthProvider,
  type IssuedCredential,
  type IssueRequest,
  type Principal,
} from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { checkIssueRequest } from '../../_shared/issue-request.js';
import { principalOf } from './claims.js';
import { keptSecret } from './kept-secret.js';
import { faultsOf } from './options.js';
import type { JwtAlgorithm, KeyFinder } from './key-fitness.js';
import { refused } from './refused.js';
import { publicKeys, secretKey } from './verification-keys.js';
import { createVerifier, type Claims } from './verify-token.js';

export const JWT_AUTH_PROVIDER = 'jwt';

export interface JwtAuthProviderOptions {
  readonly algorithm: JwtAlgorithm;
  /** HS256 only, at least 32 bytes. Without it a random one is made once and kept in the state. */
  readonly secret?: string;
  /** RS256 and ES256: path of a PEM or JWKS file. */
  readonly keyFile?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** How far the issuer's clock may be off. Default 0. */
  readonly clockToleranceMs?: number;
}

export interface JwtAuthProviderDeps {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** @throws PortError `OPTION_INVALID`. */
export function createJwtAuthProvider(
  options: JwtAuthProviderOptions,
  deps: JwtAuthProviderDeps,
): AuthProvider {
  const [fault] = faultsOf(options);
  if (fault !== undefined)
    throw new PortError('OPTION_INVALID', {
      message: `${fault.option}: ${fault.rule}`,
      detail: { ...fault },
    });
  return new JwtAuthProvider(options, deps);
}

class JwtAuthProvider implements AuthProvider {
  readonly name = JWT_AUTH_PROVIDER;
  readonly supports: AuthProvider['supports'];
  readonly #options: JwtAuthProviderOptions;
  readonly #deps: JwtAuthProviderDeps;
  #signingKey: KeyObject | undefined;
  #verify: ((token: string) => Promise<Claims>) | undefined;
  #hasStarted = false;

  constructor(options: JwtAuthProviderOptions, deps: JwtAuthProviderDeps) {
    this.#options = options;
    this.#deps = deps;
    this.supports = { issue: options.algorithm === 'HS256', revoke: false };
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { algorithm, issuer, audience } = this.#options;
    this.#hasStarted = true;
    const findKeys = await this.#keys();
    this.#verify = createVerifier({
      algorithm,
      findKeys,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
  }

  stop(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  async authenticate(credential: string): Promise<Principal | undefined> {
    if (typeof credential !== 'string' || !SHAPE.test(credential)) return undefined;
    if (credential.length > MAX_CREDENTIAL_LENGTH) throw refused('malformed');
    const claims = await this.#verifier(credential);
    const { clockToleranceMs: toleranceMs = 0 } = this.#options;
    const { jti } = claims;
    return {
      ...principalOf(claims, { now: this.#deps.clock.now(), toleranceMs }),
      provider: this.name,
      credentialId: typeof jti === 'string' && jti !== '' ? jti : fingerprintOf(credential),
    };
  }

  async issue(request: IssueRequest): Promise<IssuedCredential> {
    if (!this.supports.issue) throw new PortError('UNSUPPORTED', { detail: { feature: 'issue' } });
    checkIssueRequest(request);
    const signingKey = this.#signingKey;
    if (signingKey === undefined) throw this.#notReady('issue');
    const { subject, role, cameras, ttlSeconds } = request;
    if (ttlSeconds === undefined)
      throw new PortError('OPTION_INVALID', {
        detail: { option: 'ttlSeconds', rule: 'a token always ends' },
      });
    const { issuer, audience } = this.#options;
    const iat = Math.floor(this.#deps.clock.now() / 1000);
    const exp = iat + Math.ceil(ttlSeconds);
    const jti = randomBytes(12).toString('base64url');
    const claims = { sub: subject, role, iat, exp, jti, ...(cameras === undefined ? {} : { cameras }) };
    const credential = jwt.sign(claims, signingKey, {
      algorithm: 'HS256',
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
    await request.handOver?.(credential);
    return { credential, id: '', expiresAt: exp * 1000 };
  }

  async list(): Promise<never> {
    throw new PortError('UNSUPPORTED', { detail: { feature: 'list' } });
  }

  async revoke(): Promise<never> {
    throw new PortError('UNSUPPORTED', { detail: { feature: 'revoke' } });
  }

  get #verifier(): (token: string) => Promise<Claims> {
    if (this.#verify === undefined) throw this.#notReady('authenticate');
    return this.#verify;
  }

  /** Its start has not been tried, which is a mistake of the caller, or it failed, which health says. */
  #notReady(call: string): Error {
    if (!this.#hasStarted) return new TypeError(`${call}() must be called after start()`);
    return new PortError('CREDENTIALS_UNAVAILABLE', {
      message: 'tokens cannot be verified or issued: the keys of the provider jwt are missing',
      retryable: true,
    });
  }

  async #keys(): Promise<KeyFinder> {
    const { algorithm, secret, keyFile = '' } = this.#options;
    const { log } = this.#deps;
    if (algorithm === 'HS256') {
      const key = secretKey(secret ?? (await keptSecret(this.#deps)));
      this.#signingKey = key;
      return () => Promise.resolve([key]);
    }
    const { find, unused } = await publicKeys(keyFile, algorithm);
    if (unused.length > 0)
      log.info('some keys of the key set are not used', {
        file: keyFile,
        algorithm,
        unused: unused.slice(0, 20),
      });
    return find;
  }
}

/** Over what is signed: the signature itself can be written in more than one way. */
function fingerprintOf(token: string): string {
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('base64url')
    .slice(0, 22);
}
