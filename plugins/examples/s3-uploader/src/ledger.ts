/** What has been uploaded and what is to be, kept over a restart. */
import { isPortError, type Logger, type StateStore } from 'mediamtx-camera-service/plugin-api';

export interface Job {
  readonly filename: string;
  readonly device: string;
  /** When the recording begins, in ISO 8601. */
  readonly begins: string;
  /** How far it has got; absent before it has begun. */
  readonly upload?: Upload;
}

export interface Upload {
  readonly id: string;
  readonly key: string;
  /** Entity tag of the file: another one makes the parts worthless. */
  readonly etag: string;
  readonly partBytes: number;
  /** Entity tags of the parts that the storage has. */
  readonly parts: readonly string[];
}

const JOBS = 's3-uploader.jobs';
const DONE = 's3-uploader.done';

export class Ledger {
  readonly #state: StateStore;
  readonly #log: Logger;
  readonly #target: string;
  #jobs: Job[] = [];
  #done = new Set<string>();

  /** @param target names the storage: what another one has got says nothing. */
  constructor(target: string, { state, log }: { readonly state: StateStore; readonly log: Logger }) {
    this.#target = target;
    this.#state = state;
    this.#log = log;
  }

  /** @returns whether anything is known of this storage. */
  async load(): Promise<boolean> {
    const done = await this.#read(DONE);
    if (done === undefined) return false;
    const names = Array.isArray(done['done']) ? (done['done'] as unknown[]) : [];
    this.#done = new Set(names.filter((name) => typeof name === 'string'));
    const jobs = (await this.#read(JOBS))?.['jobs'];
    this.#jobs = Array.isArray(jobs) ? jobs.filter(isJob) : [];
    return true;
  }

  get first(): Job | undefined {
    return this.#jobs[0];
  }

  has(filename: string): boolean {
    return this.#done.has(filename) || this.#jobs.some((job) => job.filename === filename);
  }

  async add(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    this.#jobs.push(...jobs);
    await this.#writeJobs();
  }

  /** Records how far a job has got. */
  async update(job: Job): Promise<void> {
    this.#jobs = this.#jobs.map((each) => (each.filename === job.filename ? job : each));
    await this.#writeJobs();
  }

  /** Moves a job behind the others. */
  async postpone(filename: string): Promise<void> {
    const late = this.#jobs.filter((job) => job.filename === filename);
    this.#jobs = [...this.#jobs.filter((job) => job.filename !== filename), ...late];
    await this.#writeJobs();
  }

  async finish(filenames: readonly string[]): Promise<void> {
    for (const filename of filenames) this.#done.add(filename);
    // A job that is done twice does no harm; one that is lost does.
    await this.#writeDone();
    this.#jobs = this.#jobs.filter((job) => !filenames.includes(job.filename));
    await this.#writeJobs();
  }

  /** Forgets what is no longer on disk. */
  async prune(onDisk: ReadonlySet<string>): Promise<void> {
    const before = this.#done.size;
    for (const name of this.#done) if (!onDisk.has(name)) this.#done.delete(name);
    if (this.#done.size !== before) await this.#writeDone();
  }

  async #read(key: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const found = await this.#state.read(key).catch((cause: unknown) => {
      if (!isPortError(cause, 'STATE_CORRUPT')) throw cause;
      this.#log.error('a document of the uploads was damaged and begins empty', { key, cause });
      return undefined;
    });
    if (typeof found !== 'object' || found === null) return undefined;
    const document = found as Readonly<Record<string, unknown>>;
    return document['target'] === this.#target ? document : undefined;
  }

  async #writeJobs(): Promise<void> {
    await this.#state.write(JOBS, { target: this.#target, jobs: this.#jobs });
  }

  async #writeDone(): Promise<void> {
    await this.#state.write(DONE, { target: this.#target, done: [...this.#done] });
  }
}

function isJob(value: unknown): value is Job {
  const { filename, device, begins } = (value ?? {}) as Partial<Record<keyof Job, unknown>>;
  return [filename, device, begins].every((text) => typeof text === 'string');
}
