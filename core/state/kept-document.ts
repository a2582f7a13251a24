import type { Logger, StateStore } from '../../ports/index.js';
import { compile, s } from '../validation/schema.js';

/** A digest of a text, as hexadecimal digits: SHA-256 in the service. */
export type Digest = (text: string) => string;

export interface KeptDocumentDeps {
  readonly state: Pick<StateStore, 'read' | 'write'>;
  readonly log: Logger;
  readonly digest: Digest;
}

export interface KeptDocumentOptions {
  /** Of the document; its copy has the key with `.copy`. */
  readonly key: string;
  /** Of its format. What a newer version of the service has written is not read. */
  readonly version: number;
}

type Content = Readonly<Record<string, unknown>>;

/** What stands in a document beside its content, in the member `kept`. */
const marked = compile(
  s.open({
    kept: s.object({
      version: s.int({ min: 1 }),
      /** One more with each write. */
      revision: s.int({ min: 1 }),
      sha256: s.string({ max: 128 }),
    }),
  }),
);

interface Found {
  readonly key: string;
  readonly content: Content;
  /** 0 of one without a mark, from before there were copies. */
  readonly revision: number;
}

/**
 * A document of what is wanted of the service, which must not be lost: it is written twice, one after the other, with a checksum and a
 * revision. A power cut or a bad sector spoils one of the two at most; the newest that is sound counts.
 */
export class KeptDocument {
  readonly #deps: KeptDocumentDeps;
  readonly #options: KeptDocumentOptions;
  readonly #keys: readonly string[];
  #revision = 0;
  #isLost = false;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: KeptDocumentOptions, deps: KeptDocumentDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#keys = [options.key, `${options.key}.copy`];
  }

  /** True when the last `load` found that there was a document, and could read neither it nor its copy. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** @returns `undefined` when there is none, or when neither of the two is sound, which is logged. Never rejects. */
  async load(): Promise<Content | undefined> {
    const faults: Record<string, unknown> = {};
    const all: Found[] = [];
    await Promise.all(
      this.#keys.map(async (key) => {
        try {
          all.push(...this.#open(key, await this.#deps.state.read(key)));
        } catch (cause) {
          faults[key] = cause;
        }
      }),
    );
    const [newest] = all.toSorted((one, other) => other.revision - one.revision);
    const isMarked = newest !== undefined && newest.revision > 0;
    const found = all.filter(({ revision }) => revision > 0 === isMarked);
    for (const { key } of all.filter((one) => !found.includes(one)))
      faults[key] = new Error('its checksum is missing');
    this.#revision = newest?.revision ?? 0;
    this.#isLost = newest === undefined && Object.keys(faults).length > 0;
    for (const [document, cause] of Object.entries(faults))
      this.#deps.log.error(
        newest === undefined
          ? 'a stored document is damaged, and there is no copy of it'
          : 'a stored document is damaged; its copy is used, which may lack the last change',
        { document, cause },
      );
    if (newest !== undefined && found.length < this.#keys.length) await this.#repair(newest.content);
    return newest?.content;
  }

  /**
   * Writes take effect in the order of the calls. The content is stored when one of the two is written: only the lack of a copy is
   * logged then. @throws as `StateStore.write`; what was written before is kept then.
   */
  save(content: Content): Promise<void> {
    const text = JSON.stringify(content);
    const { version } = this.#options;
    const revision = (this.#revision += 1);
    const own = { version, revision, sha256: this.#deps.digest(text) };
    const document = { ...(JSON.parse(text) as Content), kept: own };
    const write = async (): Promise<void> => {
      const [key = '', copy = ''] = this.#keys;
      await this.#deps.state.write(key, document);
      // The first one counts from here on, so that the call must not fail any more.
      await this.#deps.state.write(copy, document).catch((cause: unknown) => this.#lacksCopy(cause));
    };
    const written = this.#writing.then(write, write);
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #repair(content: Content): Promise<void> {
    try {
      await this.save(content);
    } catch (cause) {
      this.#lacksCopy(cause);
    }
  }

  #lacksCopy(cause: unknown): void {
    this.#deps.log.warn('a stored document has no copy', { document: this.#options.key, cause });
  }

  /** @throws Error with what is wrong. */
  #open(key: string, document: unknown): readonly Found[] {
    if (document === undefined) return [];
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw new Error('it is not a document of the service');
    if (!('kept' in document)) return [{ key, content: document as Content, revision: 0 }];
    if (!marked.accepts(document)) throw new Error('its checksum is missing');
    const { kept: own, ...content } = document;
    if (own.version > this.#options.version)
      throw new Error('it has been written by a newer version of the service');
    if (this.#deps.digest(JSON.stringify(content)) !== own.sha256)
      throw new Error('its checksum does not match its content');
    return [{ key, content, revision: own.revision }];
  }
}
