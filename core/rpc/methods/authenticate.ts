import { MAX_CREDENTIAL_LENGTH, ROLES } from '../../../ports/index.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const authenticate = defineMethod({
  name: 'authenticate',
  summary: 'Authenticates the client for all later calls and events of this connection.',
  role: 'none',
  params: s.object({
    auth_token: s.secret({ min: 1, max: MAX_CREDENTIAL_LENGTH, doc: 'A JWT or an API key.' }),
    metadata: s.optional(s.bool('Whether later results include metadata.')),
  }),
  result: s.object({
    authenticated: s.constant(true),
    role: s.oneOf(...ROLES),
    permissions: s.array(s.string({ doc: 'Name of a method that the client may call.' })),
    expires_at: s.nullable(s.time('Time at which the credential expires, or null if it does not.')),
    session_id: s.string(),
  }),
  errors: ['AUTH_FAILED', 'TOKEN_EXPIRED'],
  timeoutMs: 5000,
  audited: ['metadata'],
  uses: ['auth', 'api'],
  handler: async ({ auth_token: token, metadata = false }, { session, peer }, { auth, api }) => {
    const principal = await auth.login(token, peer.address);
    const { role, expiresAt } = principal;
    const answer = {
      authenticated: true as const,
      role,
      permissions: api.permissions(role),
      expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
      session_id: session.id,
    };
    // Last: a login of which the client is not told must not count.
    session.become(principal, metadata);
    return answer;
  },
});
