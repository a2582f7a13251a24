/** The few requests of the S3 API that uploads need. Each is tried once; who uploads tries again. */
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import type { S3Options } from './options.js';

/** The storage has refused a request. `code` is that of its XML, such as `NoSuchUpload`. */
export class StorageError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(what: string, { status, code }: { readonly status: number; readonly code: string }) {
    super(`the storage refuses to ${what}: ${String(status)} ${code}`);
    this.name = 'StorageError';
    this.status = status;
    this.code = code;
  }
}

interface Exchange {
  readonly what: string;
  readonly method: string;
  readonly query?: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Storage {
  readonly #client: AwsClient;
  readonly #base: string;
  readonly #timeoutMs: number;

  constructor(config: S3Options) {
    this.#client = new AwsClient({
      accessKeyId: config.access_key_id,
      secretAccessKey: config.secret_access_key,
      region: config.region,
      service: 's3',
      retries: 0,
    });
    this.#base = `${config.endpoint.replace(/\/$/, '')}/${config.bucket}`;
    this.#timeoutMs = config.request_timeout_ms;
  }

  /** Uploads an object at once. */
  async put(key: string, body: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#ask(key, { what: 'put the object', method: 'PUT', body }, signal);
  }

  /** @returns the id of the upload. */
  async beginUpload(key: string, signal: AbortSignal): Promise<string> {
    const exchange = { what: 'begin the upload', method: 'POST', query: 'uploads=' };
    const text = await (await this.#ask(key, exchange, signal)).text();
    return decoded(/<UploadId>([^<]+)</.exec(text)?.[1] ?? unexpected(exchange.what));
  }

  /** @returns the entity tag of the part. */
  async putPart(
    key: string,
    {
      uploadId,
      number,
      body,
    }: { readonly uploadId: string; readonly number: number; readonly body: Uint8Array },
    signal: AbortSignal,
  ): Promise<string> {
    const query = `partNumber=${String(number)}&uploadId=${encodeURIComponent(uploadId)}`;
    const exchange = { what: 'take a part', method: 'PUT', query, body };
    const answer = await this.#ask(key, exchange, signal);
    return answer.headers.get('etag') ?? unexpected(exchange.what);
  }

  /** The answer may be an error although its status is 200 (S3 API, CompleteMultipartUpload). */
  async completeUpload(
    key: string,
    { uploadId, parts }: { readonly uploadId: string; readonly parts: readonly string[] },
    signal: AbortSignal,
  ): Promise<void> {
    const listed = parts.map(
      (etag, index) =>
        `<Part><PartNumber>${String(index + 1)}</PartNumber><ETag>${encoded(etag)}</ETag></Part>`,
    );
    const text = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
    const exchange = {
      what: 'complete the upload',
      method: 'POST',
      query: `uploadId=${encodeURIComponent(uploadId)}`,
      body: new TextEncoder().encode(text),
      headers: { 'content-type': 'application/xml' },
    };
    const answer = await (await this.#ask(key, exchange, signal)).text();
    if (answer.includes('<Error>'))
      throw new StorageError(exchange.what, { status: 200, code: codeIn(answer) });
  }

  /** What was uploaded for an upload that is not completed is removed. */
  async abortUpload(key: string, uploadId: string, signal: AbortSignal): Promise<void> {
    const query = `uploadId=${encodeURIComponent(uploadId)}`;
    await this.#ask(key, { what: 'abort the upload', method: 'DELETE', query }, signal);
  }

  /** @returns the size of an object in bytes. */
  async sizeOf(key: string, signal: AbortSignal): Promise<number> {
    const { headers } = await this.#ask(key, { what: 'show the object', method: 'HEAD' }, signal);
    return Number(headers.get('content-length') ?? Number.NaN);
  }

  /** The checksums make the storage refuse a body that was damaged on its way. */
  async #ask(key: string, exchange: Exchange, signal: AbortSignal): Promise<Response> {
    const { what, method, query, body = new Uint8Array(), headers = {} } = exchange;
    const url = `${this.#base}/${key}${query === undefined ? '' : `?${query}`}`;
    const request = await this.#client.sign(url, {
      method,
      headers: {
        ...headers,
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
        ...(body.length === 0 ? {} : { 'content-md5': createHash('md5').update(body).digest('base64') }),
      },
      ...(body.length === 0 ? {} : { body: Buffer.from(body) }),
    });
    const either = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);
    const answer = await fetch(request, { signal: either, redirect: 'error' });
    if (answer.ok) return answer;
    throw new StorageError(what, { status: answer.status, code: codeIn(await answer.text()) });
  }
}

function codeIn(xml: string): string {
  return /<Code>([A-Za-z0-9.]+)</.exec(xml)?.[1] ?? '';
}

function unexpected(what: string): never {
  throw new Error(`the storage did not ${what} as the S3 API demands`);
}

function encoded(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function decoded(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
