/** Options of the built-in provider for signed tokens. */
export const authProviderJwtSection = {
  algorithm: {
    doc: 'The one signature algorithm that tokens may have.',
    format: ['HS256', 'RS256', 'ES256'] as const,
    default: 'HS256',
  },
  secret: {
    doc: 'Secret of HS256, at least 32 bytes. Empty: a random one is made at the first start and kept in the state folder.',
    format: String,
    default: '',
    sensitive: true,
  },
  key_file: { doc: 'PEM or JWKS file with the public key of RS256 or ES256.', format: String, default: '' },
  issuer: { doc: 'The `iss` that tokens must have. Empty: any.', format: String, default: '' },
  audience: { doc: 'The `aud` that tokens must have. Empty: any.', format: String, default: '' },
  clock_tolerance_ms: {
    doc: 'How far the clock of the issuer may be off (0 to 300000).',
    format: 'nat',
    default: 0,
  },
};
