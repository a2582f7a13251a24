/** What the header of a token may say. It is judged before anything else of the token is believed. */
import type { JwtAlgorithm } from './key-fitness.js';
import { refused } from './refused.js';

/** Tokens of other types (logout, DPoP proofs) may be signed by the same key and must not pass for access tokens (RFC 8725, 3.11). */
const TYPES = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

/**
 * @returns what is used of the header.
 * @throws PortError `CREDENTIALS_REFUSED`: `malformed`, `bad_algorithm`, or `bad_header` for what this service does not understand and
 * must therefore not accept.
 */
export function readHeader(token: string, algorithm: JwtAlgorithm): { readonly kid: string | undefined } {
  const header = parse(token.slice(0, token.indexOf('.')));
  if (header === undefined) throw refused('malformed');
  const { alg, kid, typ, cty, crit, b64 } = header;
  if (alg !== algorithm) throw refused('bad_algorithm');
  if (kid !== undefined && typeof kid !== 'string') throw refused('malformed');
  // Whatever `crit` names must be understood (RFC 7515, 4.1.11), and no extension is; a malformed list names none that could be.
  if (crit !== undefined) throw refused('bad_header');
  // An unencoded payload (RFC 7797) and a nested token would be read as something that they are not.
  if ((b64 !== undefined && b64 !== true) || cty !== undefined) throw refused('bad_header');
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.includes(typ.toLowerCase())))
    throw refused('bad_header');
  return { kid };
}

function parse(encoded: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    const isObject = typeof header === 'object' && header !== null && !Array.isArray(header);
    return isObject ? (header as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
