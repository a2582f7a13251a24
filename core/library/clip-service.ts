import type { Clock, CutReport, FileStore, MediaTool } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import {
  dependencyFailed,
  fromPortError,
  invalidParam,
  invalidState,
  ServiceError,
  unsupported,
} from '../errors/service-error.js';
import type { FileIndex } from '../files/file-index.js';
import type { IndexedFile } from '../files/file-note.js';
import { stampedName } from '../files/file-names.js';
import type { Gap } from '../files/gap.js';
import type { Job, JobTools, StartedJob } from '../jobs/job.js';
import type { JobBoard } from '../jobs/job-board.js';
import { gapsOf, planClip, type ClipPart, type ClipSource, type Span } from './clip-plan.js';

/** Containers that a clip can have. */
export const CLIP_FORMATS = ['mp4', 'mkv', 'avi', 'mpegts'] as const;
export type ClipFormat = (typeof CLIP_FORMATS)[number];

export interface ClipOptions {
  readonly maxSeconds: number;
  /** Bytes that must stay free. */
  readonly reserveBytes: number;
}

export interface ClipDeps {
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly jobs: JobBoard;
  readonly clock: Clock;
  newId(): string;
}

export interface ClipRequest extends Span {
  readonly camera: string;
  readonly format: ClipFormat;
  /** Frame-exact, for which the frames are encoded again. */
  readonly exact: boolean;
}

export interface Clip extends Span {
  readonly jobId: string;
  /** `RUNNING`: it takes longer; `from` and `to` are then what is planned, and `sizeBytes` is 0. */
  readonly state: 'DONE' | 'RUNNING';
  readonly filename: string;
  readonly durationSeconds: number;
  readonly sizeBytes: number;
  readonly gaps: readonly Gap[];
}

interface Planned {
  readonly request: ClipRequest;
  readonly filename: string;
  readonly parts: readonly ClipPart[];
  readonly gaps: readonly Gap[];
}

/** A caller waits no longer than this; the export goes on. */
const WAIT_MS = 120_000;
/** Several parts are written once before they are joined. */
const JOINED_SHARE = 2;

/** Makes clips of recordings: one file of whatever files cover a period. */
export class ClipService {
  readonly #options: ClipOptions;
  readonly #deps: ClipDeps;

  constructor(options: ClipOptions, deps: ClipDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /**
   * Resolves when the clip is listed, or when that takes long. A caller who goes before that leaves nothing behind.
   * @throws ServiceError with a code that `export_clip` declares; the signal's reason.
   */
  async export(request: ClipRequest, signal: AbortSignal): Promise<Clip> {
    this.#requireSpan(request);
    const planned = await this.#plan(request, signal);
    await this.#requireSpace(planned);
    const { camera } = request;
    const { filename, parts } = planned;
    const totalSeconds = secondsOf(parts);
    const job = this.#deps.jobs.begin({ kind: 'export', camera, filename, totalSeconds }, (tools) =>
      this.#cut(planned, tools),
    );
    const last = await this.#waitFor(job, signal);
    if (last === undefined) return described(planned, job);
    if (last.state !== 'DONE') throw last.error ?? invalidState(last.state, ['DONE']);
    return await this.#made(planned, job);
  }

  /** Whether there are recordings of a camera. */
  async knows(camera: string): Promise<boolean> {
    return (await this.#deps.index.all('recordings')).some((file) => file.camera === camera);
  }

  #requireSpan({ from, to }: Span): void {
    const { maxSeconds } = this.#options;
    if (from >= to) throw invalidParam('to', 'order', 'The end of a clip must be after its beginning.');
    if (to - from > maxSeconds * 1_000)
      throw invalidParam('to', 'max_span', `A clip may be ${String(maxSeconds)} s long at most.`);
  }

  async #plan(request: ClipRequest, signal: AbortSignal): Promise<Planned> {
    const { camera, from, to, format } = request;
    const all = await this.#deps.index.all('recordings');
    const own = all.filter(({ camera: of, note }) => of === camera && note.origin === undefined);
    const near = own.filter((file) => file.startedAt < to && this.#mayReach(file, from));
    const sources: ClipSource[] = [];
    for (const file of near) sources.push({ file, endsAt: await this.#endOf(file, signal) });
    const parts = planClip(sources, { from, to });
    const [first] = parts;
    if (first === undefined) throw nothingThere(request, own);
    const extension = format === 'mpegts' ? 'ts' : format;
    const id = this.#deps
      .newId()
      .replaceAll(/[^A-Za-z0-9]/g, '')
      .slice(-8);
    const filename = `${stampedName(camera, first.span.from)}_clip${id}.${extension}`;
    return { request, filename, parts, gaps: gapsOf(parts, { from, to }) };
  }

  /** Whether a file may contain something at or after this time. */
  #mayReach({ startedAt, note }: IndexedFile, from: number): boolean {
    const { durationSeconds, isOpen } = note;
    return isOpen === true || durationSeconds === undefined || startedAt + durationSeconds * 1_000 > from;
  }

  /** Of a file that is being written: as far as its parts are complete. One that cannot be read contains nothing. */
  async #endOf({ filename, startedAt, note }: IndexedFile, signal: AbortSignal): Promise<number> {
    if (note.isOpen !== true && note.durationSeconds !== undefined)
      return startedAt + note.durationSeconds * 1_000;
    const { tool } = this.#deps;
    const path = this.#path(filename);
    try {
      const seconds =
        note.isOpen === true
          ? (await tool.frames(path, undefined, signal)).position.seconds
          : (await tool.inspect(path, signal)).durationSeconds;
      return startedAt + seconds * 1_000;
    } catch (cause) {
      if (isPortError(cause, 'FILE_NOT_FOUND') || isPortError(cause, 'TOOL_FAILED')) return startedAt;
      throw isPortError(cause) ? fromPortError(cause, { filename }) : cause;
    }
  }

  async #requireSpace({ parts }: Planned): Promise<void> {
    const shares = parts.map(({ file, span }) => {
      const seconds = file.note.durationSeconds ?? 0;
      const share = seconds > 0 ? Math.min(1, (span.to - span.from) / 1_000 / seconds) : 1;
      return file.sizeBytes * share;
    });
    const bytes = shares.reduce((sum, share) => sum + share, 0) * (parts.length > 1 ? JOINED_SHARE : 1);
    const required = Math.ceil(this.#options.reserveBytes + bytes);
    const { availableBytes } = await this.#deps.files.capacity();
    if (availableBytes < required)
      throw new ServiceError('STORAGE_FULL', { available_bytes: availableBytes, required_bytes: required });
  }

  async #cut(planned: Planned, { signal, progress }: JobTools): Promise<string> {
    const { request, filename, parts } = planned;
    const cuts = parts.map(({ file, span }) => ({
      path: this.#path(file.filename),
      from: (span.from - file.startedAt) / 1_000,
      to: (span.to - file.startedAt) / 1_000,
    }));
    const { format, exact } = request;
    const to = this.#path(filename);
    try {
      const report = await this.#deps.tool.cut(
        { parts: cuts, to, format, exact, onProgress: progress },
        signal,
      );
      await this.#note(planned, report);
      return filename;
    } catch (cause) {
      if (isPortError(cause, 'UNSUPPORTED'))
        throw unsupported(
          'join',
          'The format of the camera has changed in this period: set exact to true, or export each part by itself.',
        );
      throw cause;
    }
  }

  /** The clip is a recording like others, except that no clip is made of it. */
  async #note({ request, filename, parts, gaps }: Planned, report: CutReport): Promise<void> {
    const { camera, format, from, to } = request;
    const taken = report.parts.flatMap(({ from: begin, to: end, frames }, index) => {
      const { startedAt = 0 } = parts[index]?.file ?? {};
      return frames > 0 ? [{ from: startedAt + begin * 1_000, to: startedAt + end * 1_000 }] : [];
    });
    const durationSeconds = round(taken.reduce((sum, span) => sum + span.to - span.from, 0));
    const startedAt = Math.round(taken[0]?.from ?? from);
    const source = { from, to, until: Math.round(taken.at(-1)?.to ?? to) };
    const about = { camera, format, startedAt, durationSeconds, gaps, isOpen: false };
    await this.#deps.index.note('closed', filename, { ...about, origin: 'export', source });
  }

  async #made(planned: Planned, { jobId }: StartedJob): Promise<Clip> {
    const { filename } = planned;
    const { sizeBytes, startedAt, note } = await this.#deps.index.get('recordings', filename);
    const { durationSeconds = 0, source } = note;
    const span = { from: startedAt, to: source?.until ?? startedAt + durationSeconds * 1_000 };
    return { jobId, state: 'DONE', filename, ...span, durationSeconds, sizeBytes, gaps: planned.gaps };
  }

  /** @returns its end; `undefined` when that takes too long. */
  async #waitFor(job: StartedJob, signal: AbortSignal): Promise<Job | undefined> {
    const late = new AbortController();
    const timer = this.#deps.clock.sleep(WAIT_MS, AbortSignal.any([late.signal, signal]));
    const over = timer.then(
      () => undefined,
      () => undefined,
    );
    const last = await Promise.race([job.ended, over]);
    late.abort();
    if (last !== undefined || !signal.aborted) return last;
    job.cancel();
    await job.ended;
    throw signal.reason;
  }

  #path(filename: string): string {
    const { files } = this.#deps;
    if (!files.supports.paths)
      throw dependencyFailed('storage', 'clips cannot be made of the files of this store');
    return `${files.directory('recordings')}/${filename}`;
  }
}

function described({ filename, parts, gaps }: Planned, { jobId }: StartedJob): Clip {
  const [from, to] = [parts[0]?.span.from ?? 0, parts.at(-1)?.span.to ?? 0];
  const durationSeconds = secondsOf(parts);
  return { jobId, state: 'RUNNING', filename, from, to, durationSeconds, sizeBytes: 0, gaps };
}

function nothingThere({ camera }: ClipRequest, own: readonly IndexedFile[]): ServiceError {
  const [first, last] = [own[0], own.at(-1)];
  const iso = (at: number): string => new Date(Math.round(at)).toISOString();
  const end = last && last.startedAt + (last.note.durationSeconds ?? 0) * 1_000;
  const available =
    first === undefined || end === undefined
      ? {}
      : { available_from: iso(first.startedAt), available_to: iso(Math.max(end, first.startedAt)) };
  const message = `There is no recording of ${camera} in this period`;
  return new ServiceError('FILE_NOT_FOUND', { filename: '', ...available }, { message });
}

function secondsOf(parts: readonly ClipPart[]): number {
  return round(parts.reduce((sum, { span }) => sum + span.to - span.from, 0));
}

/** Milliseconds as seconds. */
function round(ms: number): number {
  return Math.round(ms) / 1_000;
}
