import type { AuditEntry } from '../../ports/audit-log.js';
import type { Principal } from '../../ports/auth-provider.js';
import type { ErrorCode } from '../errors/codes.js';

/** What a record is made from. */
export interface AuditFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: AuditEntry['kind'];
  readonly requestId: string;
  readonly method: string;
  readonly outcome: 'ok' | 'cancelled' | ErrorCode;
  readonly principal: Principal | undefined;
  readonly transport: string;
  readonly address: string;
  /** Parameters that validation accepted; absent for a call that was refused before. */
  readonly accepted?: Readonly<Record<string, unknown>> | undefined;
  /** Names of the parameters that may be recorded, from the declaration of the method. */
  readonly recorded?: readonly string[];
  readonly durationMs: number;
}

const MAX_TEXT = 200;

/**
 * The record of a call. It is made of what the service knows and of declared parameters that validation has accepted; nothing
 * is searched or scrubbed, so its cost does not depend on what a caller sends.
 */
export function auditRecord(facts: AuditFacts): AuditEntry {
  const { principal } = facts;
  const params = recordedParams(facts);
  return {
    version: 1,
    at: new Date(facts.at).toISOString(),
    kind: facts.kind,
    request_id: facts.requestId,
    method: facts.method,
    outcome: facts.outcome,
    ...(principal === undefined
      ? {}
      : { principal: bounded(principal.id), role: principal.role, provider: bounded(principal.provider) }),
    transport: facts.transport,
    address: bounded(facts.address),
    ...(params === undefined ? {} : { params }),
    duration_ms: Math.round(facts.durationMs * 1000) / 1000,
  };
}

function recordedParams({ accepted, recorded = [] }: AuditFacts): AuditEntry['params'] {
  if (accepted === undefined) return undefined;
  const params: Record<string, string | number | boolean> = {};
  for (const name of recorded) {
    const value = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
    if (typeof value === 'string') params[name] = bounded(value);
    else if (typeof value === 'number' || typeof value === 'boolean') params[name] = value;
  }
  return params;
}

function bounded(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
