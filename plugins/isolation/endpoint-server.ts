/** The service as an isolated transport calls it: the end in the service. */
import { randomUUID } from 'node:crypto';
import type {
  ByteRange,
  FileDownload,
  FileRequest,
  HealthReport,
  Peer,
  RpcCall,
  RpcLimits,
  RpcSession,
  ServiceEndpoint,
} from '../../ports/index.js';
import type { Answers } from './link.js';

/** What a transport can ask for and gets an answer at once, so it must be there already. */
export interface EndpointFacts {
  readonly limits: RpcLimits;
  readonly document: Readonly<Record<string, unknown>>;
  readonly report: HealthReport;
}

/** A download without its content. */
export interface FileFacts extends Omit<FileDownload, 'read'> {
  readonly id: string;
}

type Tell = (to: string, ...args: readonly unknown[]) => void;

/** Pieces of a file that are on their way to a client that may read slowly. */
export const PIECES_AHEAD = 4;

/** All of one run of an isolated plugin: sessions end with it. */
export class EndpointServer {
  readonly #tell: Tell;
  readonly #services = new Map<number, ServiceEndpoint>();
  readonly #sessions = new Map<string, RpcSession>();
  readonly #files = new Map<string, FileDownload>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** @param adapter the number of the transport. */
  serve(adapter: number, service: ServiceEndpoint): EndpointFacts {
    this.#services.set(adapter, service);
    const { rpc, health } = service;
    return { limits: rpc.limits, document: rpc.describe(), report: health.report() };
  }

  /** The health of the service, for each transport that tells it. */
  reports(): readonly (readonly [number, HealthReport])[] {
    return [...this.#services].map(([adapter, { health }]) => [adapter, health.report()]);
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
    this.#files.clear();
    this.#services.clear();
  }

  readonly answers: Answers = {
    calls: {
      'session.judged': async ([id]) => {
        await this.#session(id).judged();
        return this.#session(id).isAuthenticated;
      },
      'session.call': async ([id, request], signal) => {
        const session = this.#session(id);
        const outcome = await session.call(request as RpcCall, signal);
        return { outcome, isAuthenticated: session.isAuthenticated };
      },
      'files.open': ([adapter, request]) => this.#openFile(this.#service(adapter), request as FileRequest),
      'files.remove': ([adapter, request]) => this.#service(adapter).files.remove(request as FileRequest),
      'health.metrics': ([adapter]) => this.#service(adapter).health.metrics(),
    },
    streams: { 'files.read': ([id, range]) => this.#file(id).read(range as ByteRange | undefined) },
    tells: {
      'session.open': ([adapter, id, peer]) => {
        this.#sessions.set(id as string, this.#openSession(this.#service(adapter), String(id), peer as Peer));
      },
      'session.close': ([id]) => {
        this.#sessions.get(id as string)?.close();
        this.#sessions.delete(id as string);
      },
      'files.forget': ([id]) => void this.#files.delete(id as string),
    },
  };

  /** The transport has its session already: that there is none it hears with each call. */
  #openSession({ rpc }: ServiceEndpoint, id: string, peer: Peer): RpcSession {
    try {
      return rpc.open(peer, (notification) => this.#tell('notify', id, notification));
    } catch (cause) {
      const call = (): Promise<never> => Promise.reject(cause);
      return { id, isAuthenticated: false, judged: () => Promise.resolve(), call, close: () => undefined };
    }
  }

  async #openFile({ files }: ServiceEndpoint, request: FileRequest): Promise<unknown> {
    const opened = await files.open(request);
    if (!opened.ok) return opened;
    const { filename, contentType, sizeBytes, modifiedAt, etag } = opened.file;
    const id = randomUUID();
    this.#files.set(id, opened.file);
    return { ok: true, file: { id, filename, contentType, sizeBytes, modifiedAt, etag } satisfies FileFacts };
  }

  #service(adapter: unknown): ServiceEndpoint {
    return found(this.#services.get(adapter as number), 'transport');
  }

  #session(id: unknown): RpcSession {
    return found(this.#sessions.get(id as string), 'session');
  }

  #file(id: unknown): FileDownload {
    return found(this.#files.get(id as string), 'file');
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no such ${what}`);
  return value;
}
