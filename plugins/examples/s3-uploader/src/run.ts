/** Uploads what has been recorded, one recording after the other, from a start to its stop. */
import {
  connectService,
  ServiceCallError,
  type ClientRun,
  type ServiceClient,
} from 'mediamtx-camera-service/kit';
import type { AdapterContext, CancelTimer, ServiceEndpoint } from 'mediamtx-camera-service/plugin-api';
import { Ledger, type Job } from './ledger.js';
import type { S3Options } from './options.js';
import { Storage } from './storage.js';
import { Uploader } from './upload.js';

export const NAME = 's3-uploader';

export type S3Parts = Pick<AdapterContext, 'clock' | 'log' | 'state'>;

const PAGE = 1000;
const FIRST_PAUSE_MS = 1000;
/** What no event has told of is found after this time. */
const SURVEY_MS = 3_600_000;

interface Recorded {
  readonly filename: string;
  readonly device: string;
  readonly created_time: string;
}

export class Run implements ClientRun {
  readonly #config: S3Options;
  readonly #parts: S3Parts;
  readonly #ledger: Ledger;
  readonly #uploader: Uploader;
  readonly #stopping = new AbortController();
  #service: ServiceEndpoint | undefined;
  #client: ServiceClient | undefined;
  #working: Promise<void> = Promise.resolve();
  #isUp = false;
  /** Files that an event has told to be complete. */
  readonly #complete = new Set<string>();
  #isSurveyDue = true;
  #wake: () => void = () => undefined;
  #cancelSurvey: CancelTimer = () => undefined;

  constructor(config: S3Options, parts: S3Parts) {
    this.#config = config;
    this.#parts = parts;
    this.#ledger = new Ledger(`${config.endpoint}/${config.bucket}`, parts);
    const deps = { config, clock: parts.clock, storage: new Storage(config), ledger: this.#ledger };
    this.#uploader = new Uploader(deps);
  }

  addresses(): readonly string[] {
    const { endpoint, bucket } = this.#config;
    return this.#isUp ? [`${endpoint} (${bucket})`] : [];
  }

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    this.#service = service;
    const isKnown = await this.#ledger.load();
    this.#client = await connectService(
      {
        rpc: service.rpc,
        transport: NAME,
        credential: this.#config.api_key,
        topics: ['recording.stop'],
        clock,
        log,
        onEvent: (event) => this.#surveySoon(Array.isArray(event['files']) ? event['files'] : []),
        onReturn: () => this.#surveySoon([]),
      },
      either,
    );
    if (!isKnown) await this.#ledger.finish(await this.#foundBefore());
    either.throwIfAborted();
    this.#isUp = true;
    this.#working = this.#work(this.#stopping.signal);
  }

  /** What is being uploaded is broken off; it is continued after the next start. */
  async stop(): Promise<void> {
    this.#isUp = false;
    this.#stopping.abort(new Error('the transport is stopped'));
    this.#cancelSurvey();
    this.#wake();
    this.#client?.close();
    await this.#working;
  }

  #surveySoon(complete: readonly unknown[]): void {
    for (const name of complete) if (typeof name === 'string') this.#complete.add(name);
    this.#isSurveyDue = true;
    this.#wake();
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (this.#isSurveyDue) await this.#survey();
        const job = this.#ledger.first;
        if (job === undefined) await this.#idle(signal);
        else await this.#handle(job, signal);
        failures = 0;
      } catch (cause) {
        if (signal.aborted) return;
        const pauseMs = Math.min(this.#config.max_retry_ms, FIRST_PAUSE_MS * 2 ** failures);
        failures += 1;
        const level = failures === 1 ? 'warn' : 'debug';
        log[level]('an upload was broken off and will be continued', {
          cause,
          failures,
          retry_in_ms: pauseMs,
        });
        await clock.sleep(pauseMs * (1 - Math.random() / 2), signal).catch(() => undefined);
      }
    }
  }

  async #idle(signal: AbortSignal): Promise<void> {
    if (this.#isSurveyDue || signal.aborted) return;
    this.#cancelSurvey = this.#parts.clock.after(SURVEY_MS, () => this.#surveySoon([]));
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#cancelSurvey();
  }

  /** Looks for recordings that are complete and not yet known. */
  async #survey(): Promise<void> {
    this.#isSurveyDue = false;
    try {
      const { cameras } = (await this.#client?.call('get_camera_list')) as {
        readonly cameras: readonly { readonly device: string; readonly recording: boolean }[];
      };
      const busy = new Set(cameras.filter(({ recording }) => recording).map(({ device }) => device));
      const all = await this.#listed();
      const wanted = all.filter(
        ({ filename, device }) =>
          !this.#ledger.has(filename) && (!busy.has(device) || this.#complete.has(filename)),
      );
      await this.#ledger.add(wanted.map(jobOf));
      await this.#ledger.prune(new Set(all.map(({ filename }) => filename)));
      this.#complete.clear();
    } catch (cause) {
      this.#isSurveyDue = true;
      throw cause;
    }
  }

  async #foundBefore(): Promise<readonly string[]> {
    return this.#config.upload_existing ? [] : (await this.#listed()).map(({ filename }) => filename);
  }

  /** All recordings, the oldest first. */
  async #listed(): Promise<readonly Recorded[]> {
    const all: Recorded[] = [];
    for (;;) {
      const params = { limit: PAGE, offset: all.length, order: 'oldest' };
      const page = await this.#client?.call('list_recordings', params);
      const { files, total } = page as { readonly files: readonly Recorded[]; readonly total: number };
      all.push(...files);
      if (files.length === 0 || all.length >= total) return all;
    }
  }

  async #handle(job: Job, signal: AbortSignal): Promise<void> {
    const { log } = this.#parts;
    const opened = await this.#service?.files.open({
      kind: 'recordings',
      filename: job.filename,
      credential: this.#config.api_key,
      address: `${NAME}:service`,
    });
    if (opened?.ok !== true) {
      const code = opened?.error.data.code;
      if (code !== 'FILE_NOT_FOUND') throw new Error(`${job.filename} cannot be read: ${String(code)}`);
      log.warn('a recording was deleted before it was uploaded', { filename: job.filename });
      await this.#ledger.finish([job.filename]);
      return;
    }
    try {
      const key = await this.#uploader.upload(job, opened.file, signal);
      log.info('a recording was uploaded', { filename: job.filename, key, bytes: opened.file.sizeBytes });
    } catch (cause) {
      if (!signal.aborted) await this.#ledger.postpone(job.filename);
      throw cause;
    }
    await this.#ledger.finish([job.filename]);
    if (this.#config.delete_after_upload) await this.#delete(job.filename);
  }

  /** By the method that everybody uses, so that roles and the audit trail hold. */
  async #delete(filename: string): Promise<void> {
    try {
      await this.#client?.call('delete_recording', { filename });
    } catch (cause) {
      if (!(cause instanceof ServiceCallError)) throw cause;
      this.#parts.log.warn('an uploaded recording could not be deleted', { filename, cause });
    }
  }
}

function jobOf({ filename, device, created_time }: Recorded): Job {
  return { filename, device, begins: created_time };
}
