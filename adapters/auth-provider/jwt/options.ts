/** Options of the provider for signed tokens. */
import { option, options } from '../../../ports/options.js';
import { MIN_SECRET_BYTES, type JwtAlgorithm } from './key-fitness.js';

export const JWT_OPTIONS = options({
  algorithm: option.choice(['HS256', 'RS256', 'ES256'], {
    doc: 'Signature algorithm of tokens; no other is accepted.',
    default: 'HS256',
  }),
  secret: option.secret({
    doc: 'Secret for HS256, at least 32 bytes. Empty: a random secret is generated at the first start and stored in the state folder.',
    default: '',
  }),
  key_file: option.path({ doc: 'PEM or JWKS file with the public key for RS256 or ES256.', default: '' }),
  issuer: option.text({ doc: 'Required `iss` claim of tokens. Empty: any.', default: '' }),
  audience: option.text({ doc: 'Required `aud` claim of tokens. Empty: any.', default: '' }),
  clock_tolerance_ms: option.ms({
    doc: 'Tolerated difference between the clocks of the issuer and of this machine (0 to 300000).',
    default: 0,
    maximum: 300_000,
  }),
});

interface Given {
  readonly algorithm: JwtAlgorithm;
  readonly secret?: string;
  readonly keyFile?: string;
  readonly clockToleranceMs?: number;
}

interface Fault {
  readonly option: string;
  readonly rule: string;
}

/** What single options cannot tell. Empty texts are options that were not given. */
export function faultsOf({ algorithm, secret, keyFile, clockToleranceMs = 0 }: Given): Fault[] {
  const faults: Fault[] = [];
  const must = (isRight: boolean, option: string, rule: string): void => {
    if (!isRight) faults.push({ option, rule });
  };
  const hasSecret = secret !== undefined && secret !== '';
  const hasFile = keyFile !== undefined && keyFile !== '';
  must(['HS256', 'RS256', 'ES256'].includes(algorithm), 'algorithm', 'must be HS256, RS256 or ES256');
  must(clockToleranceMs >= 0 && clockToleranceMs <= 300_000, 'clock_tolerance_ms', 'must be 0 to 300000');
  if (algorithm === 'HS256') {
    must(!hasFile, 'key_file', 'is for RS256 and ES256; remove it, or set jwt.algorithm');
    must(
      !hasSecret || Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
      'secret',
      `must have at least ${String(MIN_SECRET_BYTES)} bytes; "openssl rand -base64 32" generates one; without this key, the service generates its own`,
    );
  } else {
    must(!hasSecret, 'secret', `is for HS256; remove it, or set jwt.algorithm`);
    must(
      hasFile,
      'key_file',
      `is needed for ${algorithm}: set it to a PEM or JWKS file with the issuer's public key`,
    );
  }
  return faults;
}
