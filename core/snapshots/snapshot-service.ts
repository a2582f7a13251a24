import type { Frame, StoredFile } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import {
  dependencyFailed,
  fromPortError,
  invalidParam,
  invalidState,
  ServiceError,
} from '../errors/service-error.js';
import { extensionOf, snapshotName, withoutExtension } from '../files/file-names.js';
import { DeadlineError } from '../lifecycle/deadline.js';
import { Listeners } from '../lifecycle/listeners.js';
import { FrameTaker } from './frame-taker.js';
import type { SnapshotDeps, SnapshotOptions } from './snapshot-options.js';

export interface SnapshotRequest {
  readonly camera: Camera;
  readonly filename?: string | undefined;
  /** Replaces a snapshot that has the chosen name. */
  readonly overwrite?: boolean | undefined;
  readonly format?: 'jpg' | 'png' | undefined;
  readonly quality?: number | undefined;
  readonly width?: number | undefined;
  readonly maxAgeMs?: number | undefined;
}

export interface Snapshot {
  readonly file: StoredFile;
  readonly width: number;
  readonly height: number;
  readonly tier: number;
  readonly captureTimeMs: number;
  readonly frameAgeMs: number;
  readonly takenAt: number;
}

export type SnapshotChange =
  | { readonly type: 'taken'; readonly camera: string; readonly snapshot: Snapshot }
  | { readonly type: 'failed'; readonly camera: string; readonly error: ServiceError };

/** How many names are tried when several pictures are taken within one millisecond. */
const NAME_TRIES = 50;

/** Takes still pictures and stores them. */
export class SnapshotService {
  readonly changes: Listeners<SnapshotChange>;
  readonly #options: SnapshotOptions;
  readonly #deps: SnapshotDeps;
  readonly #taker: FrameTaker;

  constructor(options: SnapshotOptions, deps: SnapshotDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#taker = new FrameTaker(options, deps);
    this.changes = new Listeners(deps.log);
  }

  /** @throws ServiceError with a code that `take_snapshot` declares. */
  async take(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    const format = chosenFormat(request);
    if (request.camera.status === 'DISCONNECTED') throw invalidState('DISCONNECTED', ['CONNECTED']);
    const camera = request.camera.id;
    try {
      const snapshot = await this.#takeAndStore(request, format, signal);
      this.changes.emit({ type: 'taken', camera, snapshot });
      return snapshot;
    } catch (cause) {
      const error = explain(cause, camera, request.filename);
      this.changes.emit({ type: 'failed', camera, error });
      throw error;
    }
  }

  async #takeAndStore(
    request: SnapshotRequest,
    format: 'jpg' | 'png',
    signal: AbortSignal,
  ): Promise<Snapshot> {
    const { clock } = this.#deps;
    const began = clock.monotonicMs();
    await this.#requireSpace();
    const taken = await this.#taker.take(request.camera, request.maxAgeMs, signal);
    const takenAt = clock.now();
    const frameAgeMs = Math.max(0, Math.round(takenAt - taken.frame.capturedAt));
    const picture = await this.#convert(taken.frame, request, format, signal);
    const name = request.filename ?? snapshotName(request.camera.id, takenAt, format);
    const file = await this.#store(name, picture.bytes, request);
    this.#deps.index.addSnapshot(file, request.camera.id);
    const captureTimeMs = Math.round(clock.monotonicMs() - began);
    return {
      file,
      width: picture.width,
      height: picture.height,
      tier: taken.tier,
      captureTimeMs,
      frameAgeMs,
      takenAt,
    };
  }

  async #requireSpace(): Promise<void> {
    const { availableBytes } = await this.#deps.files.capacity();
    const required = this.#options.reserveBytes;
    if (availableBytes < required) {
      throw new ServiceError('STORAGE_FULL', { available_bytes: availableBytes, required_bytes: required });
    }
  }

  async #convert(frame: Frame, request: SnapshotRequest, format: 'jpg' | 'png', signal: AbortSignal) {
    const isAsCaptured =
      format === 'jpg' && request.quality === undefined && (request.width ?? frame.width) >= frame.width;
    if (isAsCaptured) return { bytes: frame.jpeg, width: frame.width, height: frame.height };
    const options = {
      format,
      ...(request.quality === undefined ? {} : { quality: request.quality }),
      ...(request.width === undefined ? {} : { width: request.width }),
    };
    return await this.#deps.tool.convertStill(frame.jpeg, options, signal);
  }

  async #store(filename: string, bytes: Uint8Array, request: SnapshotRequest): Promise<StoredFile> {
    const { files } = this.#deps;
    if (request.overwrite === true) return await files.replace('snapshots', filename, bytes);
    for (let attempt = 1; ; attempt += 1) {
      const name =
        attempt === 1
          ? filename
          : `${withoutExtension(filename)}-${String(attempt)}.${extensionOf(filename)}`;
      try {
        return await files.write('snapshots', name, bytes);
      } catch (cause) {
        const isChosen = request.filename !== undefined;
        if (isChosen || attempt >= NAME_TRIES || !isPortError(cause, 'FILE_EXISTS')) throw cause;
      }
    }
  }
}

function chosenFormat({ format, filename, overwrite, quality }: SnapshotRequest): 'jpg' | 'png' {
  if (overwrite === true && filename === undefined)
    throw invalidParam(
      'overwrite',
      'filename',
      'Only a file with a chosen name can be overwritten; add filename.',
    );
  const named =
    filename === undefined ? undefined : { jpg: 'jpg', jpeg: 'jpg', png: 'png' }[extensionOf(filename)];
  if (filename !== undefined && named === undefined) {
    throw invalidParam('filename', 'extension', 'The name of a snapshot must end in .jpg or .png.');
  }
  if (format !== undefined && named !== undefined && named !== format) {
    throw invalidParam(
      'filename',
      'extension',
      `The extension of the name does not match the format ${format}.`,
    );
  }
  const chosen = format ?? (named === 'png' ? 'png' : 'jpg');
  if (chosen === 'png' && quality !== undefined) {
    throw invalidParam('quality', 'format', 'PNG has no quality setting; omit it or use the format jpg.');
  }
  return chosen;
}

function explain(cause: unknown, device: string, filename: string | undefined): ServiceError {
  if (cause instanceof ServiceError) return cause;
  if (isPortError(cause, 'FILE_EXISTS'))
    return invalidParam(
      'filename',
      'exists',
      'A snapshot with this name already exists; choose another name, or replace it with overwrite: true.',
    );
  if (isPortError(cause))
    return fromPortError(cause, { device, ...(filename === undefined ? {} : { filename }) });
  if (cause instanceof DeadlineError) return dependencyFailed('camera', 'no frame in time', { cause });
  return dependencyFailed('camera', 'the snapshot could not be taken', { cause });
}
