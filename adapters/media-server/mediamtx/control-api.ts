/** The server's Control API: the few calls we make, one configuration call at a time, in our words and errors. */
import type { PathState } from '../../../ports/media-server.js';
import { PortError } from '../../../ports/port-error.js';
import {
  CircuitOpenError,
  HttpFailure,
  type HttpCall,
  type HttpClient,
  type HttpReply,
} from '../../_shared/http-client.js';
import { kickPaths, readerName } from './viewer-names.js';

const PAGE_SIZE = 500;
const MAX_PAGES = 20;
/** A configuration call is answered before it is applied; a path appears within a second. */
const APPEAR_MS = 1_000;
const APPEAR_POLL_MS = 10;
const MAX_REASON = 300;

export interface ServerInfo {
  readonly version: string;
  readonly started: string;
}

export interface ApiClock {
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export class ControlApi {
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly http: HttpClient,
    private readonly clock: ApiClock,
  ) {}

  /** Past the circuit breaker. Versions before 1.15.2 do not know the call. @throws HttpFailure or PortError. */
  async info(signal: AbortSignal): Promise<ServerInfo> {
    const { status, body } = await this.http.probe('/v3/info', signal);
    if (status === 404) return { version: 'v0.0.0', started: '' };
    const { version, started } = (body ?? {}) as Partial<ServerInfo>;
    if (status !== 200 || typeof version !== 'string') throw rejected(status, body);
    return { version, started: String(started ?? '') };
  }

  /**
   * Address and port of an RTSP client, by the number of its session or, as long as there is none, of its connection. Answered
   * also while the server waits for a verdict about that client. @throws HttpFailure or PortError.
   */
  async rtspClient(id: string, signal: AbortSignal): Promise<string> {
    let reply = await this.http.probe(`/v3/rtspsessions/get/${encoded(id)}`, signal);
    if (reply.status === 404) reply = await this.http.probe(`/v3/rtspconns/get/${encoded(id)}`, signal);
    if (reply.status !== 200) throw rejected(reply.status, reply.body);
    return text((reply.body as { readonly remoteAddr?: unknown } | null)?.remoteAddr);
  }

  /** Heals the circuit: called when the server is seen to be back. */
  reset(): void {
    this.http.reset();
  }

  async replacePath(name: string, config: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    const path = `/v3/config/paths/replace/${encoded(name)}`;
    await this.#inTurn(async () => {
      // Writing the same whole configuration twice is the same as once.
      const reply = await this.#call({ method: 'POST', path, body: config, idempotent: true }, signal);
      if (reply.status !== 200) throw rejected(reply.status, reply.body);
    });
  }

  async deletePath(name: string, signal: AbortSignal): Promise<void> {
    const path = `/v3/config/paths/delete/${encoded(name)}`;
    await this.#inTurn(async () => {
      const { status, body } = await this.#call({ method: 'DELETE', path, idempotent: true }, signal);
      if (status !== 200 && status !== 404) throw rejected(status, body);
    });
  }

  /** Waits until a path that was just configured can be used. */
  async untilPathAppears(name: string, signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited < APPEAR_MS; waited += APPEAR_POLL_MS) {
      const { status } = await this.#call({ method: 'GET', path: `/v3/paths/get/${encoded(name)}` }, signal);
      if (status === 200) return;
      await this.clock.sleep(APPEAR_POLL_MS, signal);
    }
    throw new PortError('MEDIA_SERVER_REJECTED', {
      message: 'the media server accepted the path but did not create it',
      retryable: true,
      detail: { path: name, reason: 'the path did not appear' },
    });
  }

  async listPaths(signal: AbortSignal): Promise<readonly PathState[]> {
    const items: PathState[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const path = `/v3/paths/list?page=${page}&itemsPerPage=${PAGE_SIZE}`;
      const { status, body } = await this.#call({ method: 'GET', path }, signal);
      if (status !== 200) throw rejected(status, body);
      const list = body as { readonly pageCount?: number; readonly items?: readonly unknown[] };
      for (const item of list.items ?? []) items.push(pathItem(item));
      if (page + 1 >= (list.pageCount ?? 1)) break;
    }
    return items;
  }

  /** Ends a viewer. @returns false when there is none of that name. */
  async endViewer(viewer: string, signal: AbortSignal): Promise<boolean> {
    for (const path of kickPaths(viewer)) {
      const { status, body } = await this.#call({ method: 'POST', path, idempotent: true }, signal);
      if (status === 200) return true;
      if (status !== 404) throw rejected(status, body);
    }
    return false;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    await turn;
  }

  async #call(call: HttpCall, signal: AbortSignal): Promise<HttpReply> {
    try {
      return await this.http.request(call, signal);
    } catch (cause) {
      throw signal.aborted ? signal.reason : unreachable(cause);
    }
  }
}

function unreachable(cause: unknown): unknown {
  if (cause instanceof CircuitOpenError) {
    return new PortError('MEDIA_SERVER_UNREACHABLE', {
      cause,
      retryable: true,
      detail: { reason: 'failed too often', retryAfterMs: cause.retryAfterMs },
    });
  }
  if (!(cause instanceof HttpFailure)) return cause;
  const reason = cause.status === undefined ? cause.code : `status ${cause.status}`;
  return new PortError('MEDIA_SERVER_UNREACHABLE', { cause, retryable: true, detail: { reason } });
}

function rejected(status: number, body: unknown): PortError {
  const words = (body as { readonly error?: unknown } | null | undefined)?.error;
  // Its words may quote a source with its password.
  const reason = (typeof words === 'string' ? words : `status ${status}`).replace(/\/\/[^/@\s]*@/g, '//***@');
  return new PortError('MEDIA_SERVER_REJECTED', {
    message: `the media server refused: ${reason.slice(0, MAX_REASON)}`,
    detail: { reason: reason.slice(0, MAX_REASON), status },
  });
}

function pathItem(value: unknown): PathState {
  const item = (value ?? {}) as Record<string, unknown>;
  const number = (...keys: readonly string[]): number =>
    Number(keys.map((key) => item[key]).find((found) => typeof found === 'number') ?? 0);
  const list = (key: string): readonly unknown[] => (Array.isArray(item[key]) ? item[key] : []);
  return {
    name: text(item['name']),
    // "online" is true for a pull source whose camera is away.
    ready: (item['available'] ?? item['ready']) === true,
    readers: list('readers').length,
    viewers: list('readers').flatMap(readerName),
    inboundBytes: number('inboundBytes', 'bytesReceived'),
    outboundBytes: number('outboundBytes', 'bytesSent'),
    tracks: list('tracks').map(String),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Slashes in a name are part of the server's path, not of ours. */
function encoded(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
