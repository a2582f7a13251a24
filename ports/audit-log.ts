/** One entry of the audit trail: who requested what, from where, and with which outcome. Plain JSON data, at most a few kilobytes. */
export interface AuditEntry {
  /** Version of this format. Fields may be added without a new version. */
  readonly version: 1;
  /** Time in ISO 8601 format, in UTC. */
  readonly at: string;
  /** `login`: a credential was presented. `call`: a method was called. */
  readonly kind: 'call' | 'login';
  /** Identifies the call in the log and in the response to the client. */
  readonly request_id: string;
  /** Name of the method; `connect` for a credential presented while connecting. */
  readonly method: string;
  /** `ok`, `cancelled`, or the code of the error that was returned to the caller. */
  readonly outcome: string;
  /** Name of the caller. This field and the next two are absent if the caller is unknown. */
  readonly principal?: string;
  readonly role?: string;
  readonly provider?: string;
  readonly transport: string;
  readonly address: string;
  /** The parameters that the method declares as recorded. Absent if the call was refused before its parameters were accepted. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly duration_ms: number;
  /** Number of further identical refusals that this entry summarises. */
  readonly repeated?: number;
  /** Number of entries lost before this one because they could not be written. */
  readonly lost_before?: number;
}

/**
 * Stores the audit trail. Entries are never changed. They are removed only by the adapter's limit for the whole trail, which drops
 * the oldest entries. Only the service's user can read the trail.
 */
export interface AuditLog {
  readonly name: string;
  readonly supports: {
    /** Whether entries survive a restart of the process. */
    readonly persistence: boolean;
  };
  /**
   * Opens the trail and keeps the entries of earlier runs. May be repeated. After a failure, `append` tries to open it again.
   * @throws PortError `STORAGE_FAILED`, `STORAGE_FULL` if entries cannot be stored at the moment.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Appends an entry after all others, in the order of the calls; calls may overlap. Later changes to the object have no effect.
   * Resolves when the entry can no longer be lost by a crash of the process. A failed entry does not affect other entries.
   * @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`: the entry is lost, but later ones may succeed; `UNSUPPORTED` before the
   * first `start` and after `stop`.
   */
  append(entry: AuditEntry): Promise<void>;
  /**
   * Writes pending entries and closes the trail. May be repeated, succeeds after a failed start, and may be followed by `start`.
   * @param signal aborts when the time is used up: close immediately; pending entries are lost and their `append` rejects.
   */
  stop(signal: AbortSignal): Promise<void>;
}
