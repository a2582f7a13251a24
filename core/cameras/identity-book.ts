import { isCameraName, type Clock, type SourceDescriptor } from '../../ports/index.js';
import { KeptDocument, type KeptDocumentDeps } from '../state/kept-document.js';
import type { KnownCamera } from './identity.js';

const KEY = 'cameras.identities';
/** More cameras than any machine has seen; the oldest are forgotten first. */
const LIMIT = 1_000;

interface IdentityBookDeps extends KeptDocumentDeps {
  readonly clock: Clock;
}

/** Remembers which identifier belongs to which physical camera, over restarts. */
export class IdentityBook {
  readonly #document: KeptDocument;
  readonly #deps: IdentityBookDeps;
  readonly #known = new Map<string, KnownCamera>();
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: IdentityBookDeps) {
    this.#document = new KeptDocument({ key: KEY, version: 1 }, deps);
    this.#deps = deps;
  }

  /** Reads what is kept. What is damaged is reported and started anew: cameras then get new identifiers. */
  async load(): Promise<void> {
    for (const camera of camerasOf(await this.#document.load())) this.#known.set(camera.id, camera);
  }

  all(): readonly KnownCamera[] {
    return [...this.#known.values()];
  }

  remember(id: string, source: SourceDescriptor): void {
    const { kind, name, hints } = source;
    this.#known.delete(id);
    this.#known.set(id, { id, kind, name, hints, lastSeenAt: this.#deps.clock.now() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > LIMIT && oldest !== undefined) this.#known.delete(oldest);
    this.#writing = this.#document.save({ cameras: this.all() }).catch((cause: unknown) => {
      this.#deps.log.error('the known cameras could not be stored', { cause });
    });
  }

  /** Resolves when everything remembered is stored. */
  flush(): Promise<void> {
    return this.#writing;
  }
}

function camerasOf(document: unknown): KnownCamera[] {
  const list = (document as { cameras?: unknown } | undefined)?.cameras;
  return Array.isArray(list) ? list.filter(isKnownCamera) : [];
}

function isKnownCamera(value: unknown): value is KnownCamera {
  const camera = value as Partial<KnownCamera> | null;
  return (
    isCameraName(camera?.id) &&
    typeof camera?.kind === 'string' &&
    typeof camera.name === 'string' &&
    typeof camera.hints === 'object' &&
    // A type test is not enough for `null`, whatever the declared type says.
    (camera.hints as unknown) !== null
  );
}
