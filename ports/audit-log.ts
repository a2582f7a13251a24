/** One line of the audit trail: who asked for what, from where, and what became of it. Plain JSON data, at most a few kilobytes. */
export interface AuditEntry {
  /** Version of this shape; further fields may come beside those of a version. */
  readonly version: 1;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `login` shows a credential; `call` asks for something to be done. */
  readonly kind: 'call' | 'login';
  /** Names the call in the log and in the answer that the client got. */
  readonly request_id: string;
  /** Name of the method; for a credential shown while connecting, `connect`. */
  readonly method: string;
  /** `ok`, `cancelled`, or the code of the error that the caller got. */
  readonly outcome: string;
  /** Who it was; these three are absent for a caller who is not known. */
  readonly principal?: string;
  readonly role?: string;
  readonly provider?: string;
  readonly transport: string;
  readonly address: string;
  /** The parameters that the method declares as recorded. Absent when the call was refused before they were accepted. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly duration_ms: number;
  /** How often the same refusal came again after the one that stands in an entry of its own. */
  readonly repeated?: number;
  /** How many entries before this one were lost, because they could not be written. */
  readonly lost_before?: number;
}

/**
 * Keeps the audit trail. Nothing is ever changed or removed but by the adapter's own bound on the whole trail, which drops
 * the oldest entries. Nobody but the service's user can read it.
 */
export interface AuditLog {
  readonly name: string;
  readonly supports: {
    /** True when entries are still there for the next process. */
    readonly persistence: boolean;
  };
  /**
   * Opens the trail; entries of earlier runs stay. May be repeated. After a failure `append` tries to open it again.
   * @throws PortError `STORAGE_FAILED`, `STORAGE_FULL` when entries cannot be kept now.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Adds an entry behind all others, in the order of the calls, without waiting for the caller. The entry is taken as it is at
   * the call. Resolves when a crash of the process cannot lose it any more. One entry that fails never spoils another one.
   * @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`: the entry is lost, a later one may be kept; `UNSUPPORTED` before the
   * first `start` and after `stop`.
   */
  append(entry: AuditEntry): Promise<void>;
  /**
   * Writes what waits and closes. May be repeated, succeeds after a failed start, and `start` may follow.
   * @param signal aborts when the time budget is used up: close at once; what still waits is lost and its `append` rejects.
   */
  stop(signal: AbortSignal): Promise<void>;
}
