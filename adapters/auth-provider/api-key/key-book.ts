/** The keys as they are stored, read again when they have changed: the command line changes them while the service runs. */
import type { CredentialChange } from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { isPortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import {
  API_KEYS_DOCUMENT,
  fromDocument,
  NO_KEYS,
  toDocument,
  type KeyDocument,
  type StoredKey,
} from './key-document.js';

export interface KeyBookDeps {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A stamp that no document has. */
const NONE_READ = Symbol('none read');
/** Between two looks while somebody waits for changes: nothing at rest wakes up more often. */
const SHORTEST_PAUSE_MS = 1000;

export class KeyBook {
  readonly #deps: KeyBookDeps;
  readonly #pauseMs: number;
  readonly #listeners = new Set<(change: CredentialChange) => void>();
  #document: KeyDocument = NO_KEYS;
  #stamp: string | undefined | typeof NONE_READ = NONE_READ;
  #lookedAt = -Infinity;
  /** Counts own changes: a reading that began before one says nothing about what is after it. */
  #changes = 0;
  #looking: Promise<void> = Promise.resolve();
  /** The look that has not begun yet; all who ask meanwhile share it. */
  #next: Promise<void> | undefined;
  #isOpen = false;
  #endWatch: (() => void) | undefined;
  #damage: string | undefined;
  #failure: string | undefined;

  /** @param refreshMs between two looks while somebody waits for changes, for those that nobody tells: of other machines. */
  constructor(refreshMs: number, deps: KeyBookDeps) {
    this.#pauseMs = Math.max(refreshMs, SHORTEST_PAUSE_MS);
    this.#deps = deps;
  }

  get keys(): ReadonlyMap<string, StoredKey> {
    return this.#document.keys;
  }

  /** @throws PortError `STORAGE_FAILED`. A damaged document is no failure: it leaves no keys, and `trouble` says so. */
  async open(): Promise<void> {
    await this.#read();
    this.#isOpen = true;
    this.#watchOrNot();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#watchOrNot();
    await this.#looking;
  }

  /** Looks at the storage when the last look is older than `maxAgeMs`. A disk that fails for a moment locks nobody out. */
  async refresh(maxAgeMs: number): Promise<void> {
    if (this.#deps.clock.monotonicMs() - this.#lookedAt >= maxAgeMs) await this.look();
  }

  /** Looks at what is stored from this call on. One look at a time, whatever the number of callers. */
  look(): Promise<void> {
    this.#next ??= this.#looking.then(async () => {
      this.#next = undefined;
      const known = this.#failure;
      this.#looking = this.#read().catch((error: unknown) => {
        // Told once, not at each look; health shows it for as long as it lasts.
        if (this.#failure === known) return;
        this.#deps.log.error('the stored API keys cannot be read; the keys known so far remain valid', {
          error,
        });
      });
      await this.#looking;
    });
    return this.#next;
  }

  /** Applies a change to what is stored at that moment, by whichever process. @returns false when `apply` leaves it as it is. */
  async change(apply: (document: KeyDocument) => KeyDocument | undefined): Promise<boolean> {
    let changed: KeyDocument | undefined;
    await this.#deps.state.update(API_KEYS_DOCUMENT, (stored) => {
      changed = apply(fromDocument(stored));
      return changed === undefined ? undefined : toDocument(changed);
    });
    if (changed === undefined) return false;
    this.#changes += 1;
    this.#stamp = NONE_READ;
    this.#replace(changed);
    return true;
  }

  watch(listener: (change: CredentialChange) => void): () => void {
    const own = (change: CredentialChange): void => listener(change);
    this.#listeners.add(own);
    this.#watchOrNot();
    return () => {
      this.#listeners.delete(own);
      this.#watchOrNot();
    };
  }

  trouble(): string | undefined {
    const odd = this.#document.odd.length;
    const oddities =
      odd === 0
        ? undefined
        : `${String(odd)} entries of the stored document ${API_KEYS_DOCUMENT} cannot be read and grant no access; repair or remove them`;
    return this.#failure ?? this.#damage ?? oddities;
  }

  #watchOrNot(): void {
    if (this.#isOpen && this.#listeners.size > 0) this.#endWatch ??= this.#startWatch();
    else {
      this.#endWatch?.();
      this.#endWatch = undefined;
    }
  }

  #startWatch(): () => void {
    const { state, clock } = this.#deps;
    const endTelling = state.watch(API_KEYS_DOCUMENT, () => void this.look());
    let cancel = (): void => undefined;
    const arm = (): void => {
      cancel = clock.after(this.#pauseMs, () => {
        arm();
        void this.look();
      });
    };
    arm();
    return () => {
      endTelling();
      cancel();
    };
  }

  async #read(): Promise<void> {
    const { state, clock } = this.#deps;
    const changes = this.#changes;
    try {
      // The stamp first: a change between the two is then seen at the next look, never missed.
      const stamp = await state.stamp(API_KEYS_DOCUMENT);
      const document = stamp === this.#stamp ? undefined : await this.#stored();
      this.#failure = undefined;
      if (document === undefined || changes !== this.#changes) return;
      this.#stamp = stamp;
      // Keys that somebody else made or put back: the loss has been seen to.
      if ([...document.keys.keys()].some((id) => !this.keys.has(id))) this.#damage = undefined;
      this.#replace(document);
    } catch (error) {
      this.#failure = `the API keys cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`;
      throw error;
    } finally {
      this.#lookedAt = clock.monotonicMs();
    }
  }

  /** A damaged document says nothing about who may come in: nobody, until keys are made again. */
  async #stored(): Promise<KeyDocument> {
    const { state, log } = this.#deps;
    try {
      const stored = await state.read(API_KEYS_DOCUMENT);
      try {
        return fromDocument(stored);
      } catch {
        // In an update, so that the store keeps aside what it holds to be a good document.
        return fromDocument(await state.update(API_KEYS_DOCUMENT, (again) => void fromDocument(again)));
      }
    } catch (error) {
      if (!isPortError(error, 'STATE_CORRUPT')) throw error;
      this.#damage = `${error.message}. The API keys in it no longer work; create new ones with "camera-service key add"`;
      log.error('the stored API keys are damaged: none of them works any longer', { error });
      return NO_KEYS;
    }
  }

  #replace(document: KeyDocument): void {
    const before = this.#document.keys;
    this.#document = document;
    for (const [id, { record }] of before) {
      const { subject, role, cameras, expiresAt } = document.keys.get(id)?.record ?? {};
      const after = JSON.stringify([subject, role, cameras, expiresAt]);
      if (JSON.stringify([record.subject, record.role, record.cameras, record.expiresAt]) !== after)
        this.#tell({ credentialId: id });
    }
  }

  #tell(change: CredentialChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#deps.log.error('a listener of credential changes failed', { error });
      }
    }
  }
}
