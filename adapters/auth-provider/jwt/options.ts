/** Options of the provider for signed tokens. */
import { option, options } from '../../../ports/options.js';

export const JWT_OPTIONS = options({
  algorithm: option.choice(['HS256', 'RS256', 'ES256'], {
    doc: 'The one signature algorithm that tokens may have.',
    default: 'HS256',
  }),
  secret: option.secret({
    doc: 'Secret of HS256, at least 32 bytes. Empty: a random one is made at the first start and kept in the state folder.',
    default: '',
  }),
  key_file: option.path({ doc: 'PEM or JWKS file with the public key of RS256 or ES256.', default: '' }),
  issuer: option.text({ doc: 'The `iss` that tokens must have. Empty: any.', default: '' }),
  audience: option.text({ doc: 'The `aud` that tokens must have. Empty: any.', default: '' }),
  clock_tolerance_ms: option.ms({
    doc: 'How far the clock of the issuer may be off (0 to 300000).',
    default: 0,
    maximum: 300_000,
  }),
});
