/** The upload of one recording, from where it was broken off. */
import type { AdapterContext, FileDownload } from 'mediamtx-camera-service/plugin-api';
import type { Job, Ledger, Upload } from './ledger.js';
import { keyFor, type S3Options } from './options.js';
import { StorageError, type Storage } from './storage.js';

const MS_PER_SECOND = 1000;
/** S3 takes no more parts. */
const MAX_PARTS = 10_000;

export interface UploaderDeps extends Pick<AdapterContext, 'clock'> {
  readonly config: S3Options;
  readonly storage: Storage;
  readonly ledger: Ledger;
}

export class Uploader {
  readonly #deps: UploaderDeps;

  constructor(deps: UploaderDeps) {
    this.#deps = deps;
  }

  /**
   * Uploads a file and verifies the size of the object. @returns its key.
   * @throws StorageError, or what `fetch` throws when the storage cannot be reached.
   */
  async upload(job: Job, file: FileDownload, signal: AbortSignal): Promise<string> {
    const { config, storage } = this.#deps;
    const key = keyFor(config.key_pattern, job);
    if (file.sizeBytes <= config.part_bytes) {
      const body = await readAll(file.read());
      await this.#paced(body.length, () => storage.put(key, body, signal), signal);
    } else await this.#uploadInParts(job, file, signal);
    const size = await storage.sizeOf(key, signal);
    if (size !== file.sizeBytes)
      throw new Error(`the object ${key} has ${String(size)} bytes instead of ${String(file.sizeBytes)}`);
    return key;
  }

  async #uploadInParts(job: Job, file: FileDownload, signal: AbortSignal): Promise<void> {
    const { storage, ledger } = this.#deps;
    let upload = await this.#resumed(job, file, signal);
    try {
      while (upload.parts.length * upload.partBytes < file.sizeBytes) {
        const etag = await this.#putNext(upload, file, signal);
        upload = { ...upload, parts: [...upload.parts, etag] };
        await ledger.update({ ...job, upload });
      }
      await storage.completeUpload(upload.key, { uploadId: upload.id, parts: upload.parts }, signal);
    } catch (cause) {
      // The storage has forgotten it, or does not accept what it has: the next attempt begins anew.
      if (cause instanceof StorageError && /^(NoSuchUpload|InvalidPart)/.test(cause.code))
        await ledger.update(fresh(job));
      throw cause;
    }
  }

  async #resumed(job: Job, file: FileDownload, signal: AbortSignal): Promise<Upload> {
    const { config, storage, ledger } = this.#deps;
    const { upload } = job;
    if (upload?.etag === file.etag) return upload;
    if (upload !== undefined)
      await storage.abortUpload(upload.key, upload.id, signal).catch((cause: unknown) => {
        if (!(cause instanceof StorageError)) throw cause;
      });
    const key = keyFor(config.key_pattern, job);
    const id = await storage.beginUpload(key, signal);
    const partBytes = Math.max(config.part_bytes, Math.ceil(file.sizeBytes / MAX_PARTS));
    const begun = { id, key, etag: file.etag, partBytes, parts: [] };
    await ledger.update({ ...job, upload: begun });
    return begun;
  }

  async #putNext(
    { id, key, partBytes, parts }: Upload,
    file: FileDownload,
    signal: AbortSignal,
  ): Promise<string> {
    const first = parts.length * partBytes;
    const last = Math.min(first + partBytes, file.sizeBytes) - 1;
    const body = await readAll(file.read({ first, last }));
    const part = { uploadId: id, number: parts.length + 1, body };
    return this.#paced(body.length, () => this.#deps.storage.putPart(key, part, signal), signal);
  }

  /** Waits after a request until the average is within the limit. */
  async #paced<T>(bytes: number, send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, config } = this.#deps;
    const since = clock.monotonicMs();
    const result = await send();
    const limit = config.max_bytes_per_second;
    const dueMs = limit === 0 ? 0 : (bytes / limit) * MS_PER_SECOND - (clock.monotonicMs() - since);
    if (dueMs > 0) await clock.sleep(dueMs, signal);
    return result;
  }
}

function fresh({ filename, device, begins }: Job): Job {
  return { filename, device, begins };
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read);
}
