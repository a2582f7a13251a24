import { ALIASES } from '../events/aliases.js';
import { TOPICS, type TopicSpec } from '../events/topics.js';
import { errorSpec, type ErrorCode } from '../errors/codes.js';
import type { Method } from './define-method.js';
import type { Schema } from '../validation/schema.js';

export interface DocumentInfo {
  readonly title: string;
  readonly description: string;
  /** Version of the API. */
  readonly version: string;
}

type Json = Readonly<Record<string, unknown>>;

const ALWAYS: readonly ErrorCode[] = ['INVALID_PARAMS', 'RATE_LIMITED', 'INTERNAL'];
const WITH_ROLE: readonly ErrorCode[] = [
  'AUTH_REQUIRED',
  'AUTH_FAILED',
  'TOKEN_EXPIRED',
  'PERMISSION_DENIED',
];

/** All codes that a call of this method can answer with. */
export function errorsOf(method: Method): readonly ErrorCode[] {
  const own: ErrorCode[] = [...method.errors];
  if (method.role !== 'none') own.push(...WITH_ROLE);
  if (method.takesDevice) own.push('CAMERA_NOT_FOUND');
  if (method.needs.length > 0) own.push('INVALID_STATE');
  return [...new Set([...own, ...ALWAYS])];
}

/** What there is beside methods. */
export type TopicEntries = readonly (readonly [string, TopicSpec])[];

/** The table of methods and events as an OpenRPC document. @param topics absent: the service's own. */
export function openRpcDocument(
  methods: readonly Method[],
  info: DocumentInfo,
  topics: TopicEntries = Object.entries(TOPICS),
): Json {
  return {
    openrpc: '1.3.2',
    info,
    methods: methods.map(describeMethod),
    'x-events': describeEvents(topics),
  };
}

function describeMethod(method: Method): Json {
  const required = new Set(method.params.required ?? []);
  const params = Object.entries(method.params.properties).map(([name, schema]) => ({
    name,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    required: required.has(name),
    schema: plain(schema),
  }));
  return {
    name: method.name,
    summary: method.summary,
    paramStructure: 'by-name',
    params: [...params.filter((one) => one.required), ...params.filter((one) => !one.required)],
    result: { name: 'result', schema: plain(method.result) },
    errors: describeErrors(errorsOf(method)),
    'x-role': method.role,
    'x-timeout-ms': method.timeoutMs,
    'x-audited': method.audited,
  };
}

/** Codes that share a number share an entry, as OpenRPC wants numbers to be unique. */
function describeErrors(codes: readonly ErrorCode[]): readonly Json[] {
  const byNumber = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { rpcCode } = errorSpec(code);
    byNumber.set(rpcCode, [...(byNumber.get(rpcCode) ?? []), code]);
  }
  return [...byNumber].map(([code, words]) => ({
    code,
    message: words.map((word) => errorSpec(word).message).join(' / '),
    data: words.map((word) => ({ code: word, fields: errorSpec(word).data })),
  }));
}

function describeEvents(entries: TopicEntries): Json {
  const topics = entries.map(
    ([name, { summary, role, payload, aliases }]) =>
      [name, { summary, 'x-role': role, aliases, payload: plain(payload) }] as const,
  );
  const aliases = Object.entries(ALIASES).map(([name, alias]) => [name, { summary: alias.summary }] as const);
  return { topics: Object.fromEntries(topics), aliases: Object.fromEntries(aliases) };
}

/** JSON Schema without the validator's own marks, which are symbols. */
function plain(schema: Schema): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}
