import {
  isCameraName,
  type Clock,
  type Logger,
  type SourceDescriptor,
  type StateStore,
} from '../../ports/index.js';
import type { KnownCamera } from './identity.js';

const KEY = 'cameras.identities';
/** More cameras than any machine has seen; the oldest are forgotten first. */
const LIMIT = 1_000;

/** Remembers which identifier belongs to which physical camera, over restarts. */
export class IdentityBook {
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #known = new Map<string, KnownCamera>();
  #writing: Promise<void> = Promise.resolve();

  constructor(state: StateStore, clock: Clock, log: Logger) {
    this.#state = state;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads what is kept. A damaged document is reported and started anew: cameras then get new identifiers. */
  async load(): Promise<void> {
    try {
      const document = await this.#state.read(KEY);
      for (const camera of camerasOf(document)) this.#known.set(camera.id, camera);
    } catch (cause) {
      this.#log.error('the known cameras could not be read; new identifiers are assigned', { cause });
    }
  }

  all(): readonly KnownCamera[] {
    return [...this.#known.values()];
  }

  remember(id: string, source: SourceDescriptor): void {
    const { kind, name, hints } = source;
    this.#known.delete(id);
    this.#known.set(id, { id, kind, name, hints, lastSeenAt: this.#clock.now() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > LIMIT && oldest !== undefined) this.#known.delete(oldest);
    this.#writing = this.#state.write(KEY, { cameras: this.all() }).catch((cause: unknown) => {
      this.#log.error('the known cameras could not be stored', { cause });
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
