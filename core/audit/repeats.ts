import type { AuditEntry } from '../../ports/audit-log.js';
import type { CancelTimer, Clock } from '../../ports/clock.js';

const WINDOW_MS = 60_000;
const MAX_KINDS = 1000;
const ELSEWHERE = 'various addresses';

interface Repeated {
  latest: AuditEntry;
  count: number;
}

/**
 * Keeps a flood of refusals from pushing everything else out of the trail: the first of a kind is written at once, those of the
 * same kind that follow within a minute are counted and become one entry.
 */
export class Repeats {
  readonly #clock: Clock;
  readonly #write: (entry: AuditEntry) => void;
  readonly #kinds = new Map<string, Repeated>();
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock, write: (entry: AuditEntry) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Writes the entry, or counts it. What was granted and what says what it was about is always written. */
  take(entry: AuditEntry): void {
    if (entry.outcome === 'ok' || entry.params !== undefined) {
      this.#write(entry);
      return;
    }
    const folded = this.#foldable(entry);
    const known = this.#kinds.get(kindOf(folded));
    if (known === undefined) {
      this.#kinds.set(kindOf(folded), { latest: folded, count: 0 });
      this.#write(folded);
      this.#cancel ??= this.#clock.after(WINDOW_MS, () => this.close());
      return;
    }
    known.latest = folded;
    known.count += 1;
  }

  /** Writes what was counted and begins anew. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const kinds = [...this.#kinds.values()];
    this.#kinds.clear();
    for (const { latest, count } of kinds) if (count > 0) this.#write({ ...latest, repeated: count });
  }

  /** Beyond a number of kinds the addresses are no longer told apart: whoever has many must not fill the memory. */
  #foldable(entry: AuditEntry): AuditEntry {
    if (this.#kinds.size < MAX_KINDS || this.#kinds.has(kindOf(entry))) return entry;
    const { principal: _p, role: _r, provider: _v, ...rest } = entry;
    return { ...rest, address: ELSEWHERE };
  }
}

function kindOf({ method, outcome, transport, address, principal = '' }: AuditEntry): string {
  return `${method} ${outcome} ${transport} ${address} ${principal}`;
}
