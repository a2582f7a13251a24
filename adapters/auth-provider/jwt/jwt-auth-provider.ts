/** An AuthProvider for signed tokens: HS256 with a secret of ours, RS256 or ES256 with somebody else's public key. */
import { randomBytes, type KeyObject } from 'node:crypto';

import jwt from 'jsonwebtoken';

import type {
  AuthProvider,
  IssuedCredential,
  IssueRequest,
  Principal,
} from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { checkIssueRequest, isCameraList, isRole, isSubject } from '../../_shared/issue-request.js';
import { publicKeys, secretKey, type JwtAlgorithm } from './verification-keys.js';
import { createVerifier, type Claims } from './verify-token.js';

export const JWT_AUTH_PROVIDER = 'jwt';
export const JWT_SECRET_KEY = 'auth.jwt-secret';

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
const MAX_TOKEN_LENGTH = 8192;

/** @throws PortError `OPTION_INVALID`. */
export function createJwtAuthProvider(
  options: JwtAuthProviderOptions,
  deps: JwtAuthProviderDeps,
): AuthProvider {
  check(options);
  return new JwtAuthProvider(options, deps);
}

class JwtAuthProvider implements AuthProvider {
  readonly name = JWT_AUTH_PROVIDER;
  readonly supports: AuthProvider['supports'];
  readonly #options: JwtAuthProviderOptions;
  readonly #deps: JwtAuthProviderDeps;
  #signingKey: KeyObject | undefined;
  #verify: ((token: string) => Promise<Claims>) | undefined;

  constructor(options: JwtAuthProviderOptions, deps: JwtAuthProviderDeps) {
    this.#options = options;
    this.#deps = deps;
    this.supports = { issue: options.algorithm === 'HS256', revoke: false };
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { algorithm, issuer, audience, keyFile, secret } = this.#options;
    const expected = {
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
    if (algorithm === 'HS256') {
      const key = secretKey(secret ?? (await this.#keptSecret()));
      this.#signingKey = key;
      this.#verify = createVerifier({ algorithm, findKey: () => key, ...expected });
    } else {
      this.#verify = createVerifier({
        algorithm,
        findKey: await publicKeys(keyFile ?? '', algorithm),
        ...expected,
      });
    }
  }

  stop(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  async authenticate(credential: string): Promise<Principal | undefined> {
    if (typeof credential !== 'string' || !SHAPE.test(credential)) return undefined;
    if (this.#verify === undefined) throw new TypeError('authenticate() comes after open()');
    if (credential.length > MAX_TOKEN_LENGTH) throw refused('malformed');
    return this.#toPrincipal(await this.#verify(credential));
  }

  async issue(request: IssueRequest): Promise<IssuedCredential> {
    if (!this.supports.issue) throw new PortError('UNSUPPORTED', { detail: { feature: 'issue' } });
    if (this.#signingKey === undefined) throw new TypeError('issue() comes after open()');
    checkIssueRequest(request);
    const { subject, role, cameras, ttlSeconds } = request;
    if (ttlSeconds === undefined)
      throw new PortError('OPTION_INVALID', {
        detail: { option: 'ttlSeconds', rule: 'a token always ends' },
      });
    const { issuer, audience } = this.#options;
    const iat = Math.floor(this.#deps.clock.now() / 1000);
    const exp = iat + Math.ceil(ttlSeconds);
    const claims = { sub: subject, role, iat, exp, ...(cameras === undefined ? {} : { cameras }) };
    const credential = jwt.sign(claims, this.#signingKey, {
      algorithm: 'HS256',
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
    return { credential, id: '', expiresAt: exp * 1000 };
  }

  async list(): Promise<never> {
    throw new PortError('UNSUPPORTED', { detail: { feature: 'list' } });
  }

  async revoke(): Promise<never> {
    throw new PortError('UNSUPPORTED', { detail: { feature: 'revoke' } });
  }

  #toPrincipal(claims: Claims): Principal {
    const { exp, nbf, role, cameras } = claims;
    const now = this.#deps.clock.now();
    const toleranceMs = this.#options.clockToleranceMs ?? 0;
    if (exp === undefined) throw refused('no_expiry');
    if (!isTime(exp) || (nbf !== undefined && !isTime(nbf))) throw refused('bad_claims');
    const id = claims['sub'] ?? claims['user_id'];
    if (!isSubject(id) || !isRole(role)) throw refused('bad_claims');
    if (cameras !== undefined && !isCameraList(cameras)) throw refused('bad_claims');
    if (now >= exp * 1000 + toleranceMs) throw new PortError('CREDENTIALS_EXPIRED');
    if (nbf !== undefined && now < nbf * 1000 - toleranceMs) throw refused('not_yet_valid');
    const expiresAt = exp * 1000 + toleranceMs;
    return { id, role, expiresAt, provider: this.name, ...(cameras === undefined ? {} : { cameras }) };
  }

  async #keptSecret(): Promise<string> {
    const { state, log, clock } = this.#deps;
    const document = (await state.read(JWT_SECRET_KEY)) as { secret?: unknown } | undefined;
    if (document === undefined) {
      const secret = randomBytes(32).toString('base64url');
      await state.write(JWT_SECRET_KEY, { secret, created_at: new Date(clock.now()).toISOString() });
      log.info('a secret for signing tokens was made', { document: JWT_SECRET_KEY });
      return secret;
    }
    if (typeof document?.secret === 'string') return document.secret;
    throw new PortError('STATE_CORRUPT', { detail: { key: JWT_SECRET_KEY } });
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function refused(reason: string): PortError {
  return new PortError('CREDENTIALS_REFUSED', { detail: { reason } });
}

function check({ algorithm, secret, keyFile, clockToleranceMs }: JwtAuthProviderOptions): void {
  if (!['HS256', 'RS256', 'ES256'].includes(algorithm)) refuse('algorithm', 'HS256, RS256 or ES256');
  if (secret !== undefined) secretKey(secret);
  if (algorithm === 'HS256' && keyFile !== undefined) refuse('key_file', 'not with HS256');
  if (algorithm !== 'HS256' && keyFile === undefined) refuse('key_file', `needed for ${algorithm}`);
  if (algorithm !== 'HS256' && secret !== undefined) refuse('secret', `not with ${algorithm}`);
  if (clockToleranceMs !== undefined && !(clockToleranceMs >= 0 && clockToleranceMs <= 300_000))
    refuse('clock_tolerance_ms', '0 to 300000');
}

function refuse(option: string, rule: string): never {
  throw new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}
