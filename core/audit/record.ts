import type { Principal } from '../../ports/auth-provider.js';
import type { Peer } from '../../ports/transport.js';
import type { ErrorCode } from '../errors/codes.js';

/** One line of the audit trail: who asked for what, from where, and what became of it. */
export interface AuditRecord {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly request_id: string;
  readonly method: string;
  readonly outcome: 'ok' | 'cancelled' | ErrorCode;
  /** Absent for a caller who is not known. */
  readonly principal?: string;
  readonly role?: string;
  readonly provider?: string;
  readonly transport: string;
  readonly address: string;
  /** Without secrets, and cut to a bounded size. */
  readonly params: unknown;
  readonly duration_ms: number;
}

/** Where records go. Must neither throw nor wait. */
export interface AuditSink {
  record(entry: AuditRecord): void;
}

export interface AuditFacts {
  readonly at: number;
  readonly requestId: string;
  readonly method: string;
  readonly outcome: AuditRecord['outcome'];
  readonly principal: Principal | undefined;
  readonly peer: Peer;
  readonly params: unknown;
  readonly durationMs: number;
}

const HIDDEN = '[redacted]';
const SECRET_NAME = /token|secret|password|authorization|api_?key|credential|ticket/i;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi;
const SECRET_QUERY = /([?&][^=&#]*(?:token|secret|pass|key|ticket)[^=&#]*=)[^&#\s]*/gi;
const MAX_TEXT = 200;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

export function auditRecord(facts: AuditFacts): AuditRecord {
  const { principal } = facts;
  const who =
    principal === undefined
      ? {}
      : { principal: principal.id, role: principal.role, provider: principal.provider };
  return {
    at: new Date(facts.at).toISOString(),
    request_id: facts.requestId,
    method: facts.method,
    outcome: facts.outcome,
    ...who,
    transport: facts.peer.transport,
    address: facts.peer.address,
    params: redact(facts.params),
    duration_ms: Math.round(facts.durationMs * 1000) / 1000,
  };
}

/** A copy without secrets: not under telling names, not inside URLs. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  const fields = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    fields.map(([name, field]) => [
      name.slice(0, MAX_TEXT),
      SECRET_NAME.test(name) ? HIDDEN : redact(field, depth + 1),
    ]),
  );
}

function redactText(text: string): string {
  const clean = text.slice(0, 4096).replace(USER_INFO, `$1${HIDDEN}@`).replace(SECRET_QUERY, `$1${HIDDEN}`);
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}
