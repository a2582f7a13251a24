/** The answer to a 401: Digest by RFC 7616, Basic by RFC 7617. RTSP uses the same headers. */
import { createHash, randomBytes } from 'node:crypto';

export interface HttpLogin {
  readonly username: string;
  readonly password: string;
}

/** The request that was refused with a challenge. */
export interface ChallengedRequest {
  readonly method: string;
  /** As in the request line: path and query, or what stands there instead. */
  readonly uri: string;
  /** Default: a random one. */
  readonly clientNonce?: string;
}

interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The stronger comes first. */
const ALGORITHMS: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', MD5: 'md5' };
const TOKEN = /"(?:[^"\\]|\\.)*"?|[^\s,="]+|=/g;
const SESSION = /-sess$/i;
const MAX_CHALLENGE_LENGTH = 8192;
const COUNT = '00000001';

/**
 * @param challenges the values of `WWW-Authenticate`.
 * @returns the value for `Authorization`: Digest where it is offered, else Basic, which shows the password to whoever listens;
 * `undefined` when the server asks for neither.
 */
export function answerChallenge(
  challenges: readonly string[],
  login: HttpLogin,
  request: ChallengedRequest,
): string | undefined {
  const asked = challenges.flatMap(challengesIn);
  for (const algorithm of Object.keys(ALGORITHMS)) {
    const digest = asked.find((challenge) => isDigest(challenge, algorithm));
    if (digest !== undefined) return digestAnswer(digest, login, request);
  }
  if (asked.every(({ scheme }) => scheme !== 'basic')) return undefined;
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

function isDigest({ scheme, parameters }: Challenge, algorithm: string): boolean {
  const named = (parameters.get('algorithm') ?? 'MD5').replace(SESSION, '').toUpperCase();
  const kinds = parameters.get('qop')?.split(',');
  const isPossible = kinds?.some((kind) => kind.trim() === 'auth') ?? true;
  return scheme === 'digest' && named === algorithm && parameters.has('nonce') && isPossible;
}

function digestAnswer(
  { parameters }: Challenge,
  { username, password }: HttpLogin,
  { method, uri, clientNonce = randomBytes(16).toString('hex') }: ChallengedRequest,
): string {
  const [realm = '', nonce = '', opaque, algorithm, kinds] = [
    'realm',
    'nonce',
    'opaque',
    'algorithm',
    'qop',
  ].map((name) => parameters.get(name));
  const hash = (...parts: readonly string[]): string =>
    createHash(ALGORITHMS[algorithm?.replace(SESSION, '').toUpperCase() ?? 'MD5'] ?? 'md5')
      .update(parts.join(':'))
      .digest('hex');
  const isSession = algorithm !== undefined && SESSION.test(algorithm);
  const user = hash(username, realm, password);
  const secret = isSession ? hash(user, nonce, clientNonce) : user;
  const proof = kinds === undefined ? [nonce] : [nonce, COUNT, clientNonce, 'auth'];
  const quoted = {
    ...{ username, realm, nonce, uri, response: hash(secret, ...proof, hash(method, uri)) },
    ...(opaque === undefined ? {} : { opaque }),
    ...(kinds === undefined && !isSession ? {} : { cnonce: clientNonce }),
  };
  const plain = {
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(kinds === undefined ? {} : { qop: 'auth', nc: COUNT }),
  };
  const fields = [
    ...Object.entries(quoted).map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`),
    ...Object.entries(plain).map(([name, value]) => `${name}=${value}`),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** A word that is not followed by `=` begins the next challenge. */
function challengesIn(header: string): readonly Challenge[] {
  const tokens = header.slice(0, MAX_CHALLENGE_LENGTH).match(TOKEN) ?? [];
  const found: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const word = tokens[at]?.toLowerCase() ?? '';
    if (tokens[at + 1] !== '=') {
      found.push({ scheme: word, parameters: new Map() });
      continue;
    }
    found.at(-1)?.parameters.set(word, unquoted(tokens[at + 2] ?? ''));
    at += 2;
  }
  return found;
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
}
