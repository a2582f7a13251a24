/** Recordings and snapshots over HTTP, the description of the API, and what plugins serve. */
import type { FileKind } from '../../../ports/file-store.js';
import type { HttpListener, HttpRequest, HttpResponse } from '../../../ports/http-listener.js';
import type { Logger } from '../../../ports/logger.js';
import type {
  FileDownload,
  FileRequest,
  PreviewRequest,
  ServiceEndpoint,
  Transport,
} from '../../../ports/transport.js';
import { errorResponse, failureResponse, jsonResponse, methodNotAllowed } from '../../_shared/web-error.js';
import { credentialOf, urlOf } from '../../_shared/web-request.js';
import { fileResponse } from './file-response.js';
import { PLUGINS_PATH, routedResponse, toRoutedRequest } from './routed.js';

export interface HttpFilesDeps {
  readonly listener: HttpListener;
  readonly log: Logger;
}

const NAME = 'http-files';
const FILES_PATH = '/files';
/** What follows the name of a recording whose image is wanted. */
const THUMBNAIL = 'thumbnail';
const OPENRPC_PATH = '/openrpc.json';
const KINDS: ReadonlySet<string> = new Set(['recordings', 'snapshots'] satisfies FileKind[]);

export function createHttpFilesTransport(deps: HttpFilesDeps): Transport {
  return new HttpFilesTransport(deps);
}

class HttpFilesTransport implements Transport {
  readonly name = NAME;
  readonly supports = {
    calls: false,
    events: false,
    files: true,
    health: false,
    jsonRpc: false,
    batches: false,
  };
  readonly #deps: HttpFilesDeps;
  #removeRoutes: (() => void)[] = [];

  constructor(deps: HttpFilesDeps) {
    this.#deps = deps;
  }

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#removeRoutes.length > 0) return;
    const { listener, log } = this.#deps;
    this.#removeRoutes = [
      listener.route(FILES_PATH, (request) => answerFile(request, { ...service, log })),
      listener.route(OPENRPC_PATH, (request) => Promise.resolve(answerDescription(request, service))),
      listener.route(PLUGINS_PATH, (request) => answerRouted(request, service)),
    ];
  }

  /** Downloads under way are the listener's to finish or to cut. */
  async stop(_signal: AbortSignal): Promise<void> {
    for (const remove of this.#removeRoutes.splice(0)) remove();
  }

  addresses(): readonly string[] {
    const address = this.#deps.listener.address();
    return address === undefined || this.#removeRoutes.length === 0
      ? []
      : [urlOf('http', address, FILES_PATH)];
  }
}

type Serving = ServiceEndpoint & { readonly log: Logger };

async function answerFile(request: HttpRequest, service: Serving): Promise<HttpResponse> {
  const wanted = toFileRequest(request);
  if (wanted === undefined) return errorResponse({ code: 'FILE_NOT_FOUND', message: 'no such file' });
  try {
    if (request.method === 'GET' || request.method === 'HEAD')
      return await answerDownload(request, wanted, service);
    if (request.method !== 'DELETE') return methodNotAllowed(['GET', 'HEAD', 'DELETE']);
    const outcome = await service.files.remove(wanted);
    return outcome.ok ? jsonResponse(200, outcome.result ?? null) : failureResponse(outcome.error);
  } catch (error) {
    const failure = service.rpc.failure('INTERNAL');
    service.log.error('a file request failed', { error, request_id: failure.data.request_id });
    return failureResponse(failure);
  }
}

async function answerDownload(
  request: HttpRequest,
  wanted: FileRequest,
  service: ServiceEndpoint,
): Promise<HttpResponse> {
  const preview = toPreview(request, wanted);
  const opened = await (preview ? service.files.preview?.(preview) : service.files.open(wanted));
  if (opened === undefined) return errorResponse({ code: 'FILE_NOT_FOUND', message: 'no such file' });
  if (!opened.ok) return failureResponse(opened.error);
  const { file } = opened;
  return fileResponse(request, file, {
    'cache-control': 'private, no-cache',
    'content-disposition': disposition(file),
    'content-security-policy': "default-src 'none'; sandbox",
  });
}

/** Pictures open in the browser's tab, everything else is saved. */
function disposition(file: FileDownload): string {
  const kind = /^image\/(jpeg|png|webp)$/.test(file.contentType) ? 'inline' : 'attachment';
  const plain = file.filename.replace(/[^A-Za-z0-9._-]/g, '_');
  const encoded = plain === file.filename ? '' : `; filename*=UTF-8''${rfc5987(file.filename)}`;
  return `${kind}; filename="${plain}"${encoded}`;
}

function rfc5987(name: string): string {
  const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.replace(/[\ud800-\udfff]/g, '_')).replace(/['()*]/g, hex);
}

function toFileRequest(request: HttpRequest): FileRequest | undefined {
  const [, , kind = '', filename = '', ...rest] = request.path.split('/');
  if (!KINDS.has(kind) || filename === '') return undefined;
  const isPreview = kind === 'recordings' && request.method !== 'DELETE' && rest.join('/') === THUMBNAIL;
  if (rest.length > 0 && !isPreview) return undefined;
  const credential = credentialOf(request.headers);
  const ticket = request.query.get('ticket');
  return {
    kind: kind as FileKind,
    filename,
    address: request.client.address,
    ...(credential === undefined ? {} : { credential }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

function toPreview(request: HttpRequest, wanted: FileRequest): PreviewRequest | undefined {
  if (!request.path.endsWith(`/${wanted.filename}/${THUMBNAIL}`)) return undefined;
  const { query } = request;
  const width = query.get('width');
  const atSeconds = Number(query.get('t') ?? 0);
  return { ...wanted, atSeconds, ...(width === null ? {} : { width: Number(width) }) };
}

async function answerRouted(
  request: HttpRequest,
  { routes }: ServiceEndpoint,
): Promise<HttpResponse | undefined> {
  if (routes === undefined) return undefined;
  return routedResponse(request, await routes.answer(toRoutedRequest(request)));
}

function answerDescription(request: HttpRequest, service: ServiceEndpoint): HttpResponse | undefined {
  if (request.path !== OPENRPC_PATH) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed(['GET', 'HEAD']);
  return jsonResponse(200, service.rpc.describe(), { 'cache-control': 'no-cache' });
}
