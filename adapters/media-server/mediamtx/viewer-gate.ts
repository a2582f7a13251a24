/**
 * Answers the server's question who may publish, read or use its API. Viewers are answered from memory: the server holds all its
 * paths while it waits. Only who shows a good pass of our own is looked at, by a call that the server answers meanwhile.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_CREDENTIAL_LENGTH } from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import type { MediaServerHooks, ViewerRequest } from '../../../ports/media-server.js';
import { PortError } from '../../../ports/port-error.js';
import { hostPort } from './addresses.js';
import type { Settings } from './settings.js';
import type { PublisherCheck } from './publisher-check.js';
import { viewerName } from './viewer-names.js';

/** The server repeats a credential: as token, as password and in the query, where it may be percent-encoded. */
const MAX_BODY_BYTES = 8 * MAX_CREDENTIAL_LENGTH;

export interface Account {
  readonly user: string;
  readonly password: string;
}

export interface GateDeps {
  readonly clock: Clock;
  /** Who publishes on behalf of this service. */
  readonly ours: PublisherCheck;
  /** Who may use the API, and who reads on behalf of the server itself. */
  readonly account: Account;
}

type Question = Readonly<
  Record<'action' | 'path' | 'protocol' | 'id' | 'ip' | 'user' | 'password' | 'token' | 'query', string>
>;

export class ViewerGate {
  readonly #auth: Settings['auth'];
  readonly #secret: string;
  readonly #deps: GateDeps;
  #server: Server | undefined;
  #hooks: Pick<MediaServerHooks, 'authorize'> | undefined;

  constructor(auth: Settings['auth'], deps: GateDeps) {
    this.#auth = auth;
    // In the address, so that nobody else on this machine can ask in the server's name.
    this.#secret = auth.secret || randomBytes(24).toString('base64url');
    this.#deps = deps;
  }

  /** @returns the address that the server is to ask. @throws PortError ADDRESS_IN_USE */
  async open(hooks: Pick<MediaServerHooks, 'authorize'>): Promise<string> {
    this.#hooks = hooks;
    const server = createServer((request, response) => void this.#answer(request, response));
    server.requestTimeout = 5_000;
    server.keepAliveTimeout = 60_000;
    this.#server = server;
    const { host, port } = this.#auth;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)));
      server.listen(port, host, resolve);
    });
    const bound = (server.address() as AddressInfo).port;
    return `http://${hostPort(host, bound)}/${this.#secret}`;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isOurs = request.method === 'POST' && equal(request.url ?? '', `/${this.#secret}`);
    const question = isOurs ? parse(await readBody(request)) : undefined;
    const allowed = question !== undefined && (await this.#decide(question).catch(() => false));
    response.writeHead(allowed ? 200 : 401).end();
  }

  async #decide(question: Question): Promise<boolean> {
    const { action } = question;
    const { ours, account } = this.#deps;
    if (action === 'publish') return ours.allows(question);
    const isOurselves = equal(question.user, account.user) && equal(question.password, account.password);
    if (action === 'api') return isOurselves;
    if (action !== 'read') return false;
    if (isOurselves) return true;
    return this.#askHooks(viewerOf(question));
  }

  async #askHooks(viewer: ViewerRequest): Promise<boolean> {
    const { clock } = this.#deps;
    const asked = this.#hooks?.authorize(viewer) ?? Promise.resolve(false);
    let cancel = (): void => undefined;
    const late = new Promise<boolean>((resolve) => {
      cancel = clock.after(this.#auth.timeoutMs, () => resolve(false));
    });
    try {
      return (await Promise.race([asked, late])) === true;
    } finally {
      cancel();
      asked.catch(() => undefined);
    }
  }
}

/** What the viewer showed, best first: for RTSP the server fills `token` from Bearer, password or query itself. */
function viewerOf({ path, protocol, id, ip, password, token, query }: Question): ViewerRequest {
  const parameters = new URLSearchParams(query);
  const shown = [token, password, parameters.get('token') ?? '', parameters.get('jwt') ?? ''];
  const credentials = [...new Set(shown)].filter(
    (text) => text !== '' && text.length <= MAX_CREDENTIAL_LENGTH,
  );
  const viewer = viewerName(protocol, id);
  return { path, protocol, address: ip, credentials, ...(viewer === undefined ? {} : { viewer }) };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return '';
      chunks.push(chunk);
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): Question | undefined {
  try {
    const value = JSON.parse(body) as Record<string, unknown> | null;
    if (typeof value !== 'object' || value === null) return undefined;
    const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
    const [action, path, protocol] = [text('action'), text('path'), text('protocol')];
    const [id, ip, user, password] = [text('id'), text('ip'), text('user'), text('password')];
    return { action, path, protocol, id, ip, user, password, token: text('token'), query: text('query') };
  } catch {
    return undefined;
  }
}

/** Takes the same time wherever the difference is. */
function equal(shown: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(wanted));
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): PortError {
  const taken = cause.code === 'EADDRINUSE';
  return new PortError(taken ? 'ADDRESS_IN_USE' : 'ADDRESS_UNAVAILABLE', {
    message: `auth_port: ${host}:${port} ${taken ? 'is in use by another program' : 'cannot be used'}`,
    cause,
    detail: { host, port, key: 'mediamtx.auth_port' },
  });
}
