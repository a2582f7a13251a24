import type { Principal } from '../../ports/auth-provider.js';
import type { Access } from '../auth/roles.js';
import type { ErrorCode } from '../errors/codes.js';
import type { ClientSession } from './client-session.js';
import type { KnownPeer } from './known-peer.js';
import type { PartName, Parts, ServicePart } from './parts.js';
import {
  compile,
  isRecordable,
  type Infer,
  type ObjectSchema,
  type Schema,
  type Validator,
} from '../validation/schema.js';

/** What a handler knows besides its parameters. */
export interface ContextOf<Who> {
  /** Who calls; absent only for methods that everybody may call. */
  readonly principal: Who;
  readonly session: ClientSession;
  /** Aborts when the deadline has passed or the client is gone. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly peer: KnownPeer;
  /** Wall-clock time in milliseconds since 1970. */
  now(): number;
}

export type CallContext<A extends Access = 'none'> = ContextOf<
  A extends 'none' ? Principal | undefined : Principal
>;

/** Read-only all the way down, so that a handler can answer with what it holds. */
export type Answer<T> = T extends readonly (infer Item)[]
  ? readonly Answer<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Answer<T[K]> }
    : T;

export interface MethodSpec<
  P extends ObjectSchema,
  R extends Schema,
  A extends Access,
  T,
  N extends ServicePart,
  U extends PartName,
> {
  /** As on the wire. */
  readonly name: string;
  /** One sentence for people. */
  readonly summary: string;
  /** The least role that may call it; `none` for everybody. */
  readonly role: A;
  readonly params: P;
  readonly result: R;
  /** The codes that belong to what the method does; those of every call (roles, limits, validation) are implied. */
  readonly errors: readonly ErrorCode[];
  readonly timeoutMs: number;
  /**
   * Names of the parameters that the audit trail records, once they are accepted; each call leaves a record, refused ones too.
   * `false` for methods that are not audited. Secrets can never be named.
   */
  readonly audited: false | readonly (keyof P['properties'] & string)[];
  /** Parts that are handed over and must be up; until then the answer is `INVALID_STATE` with `state: starting`. */
  readonly needs?: readonly N[];
  /** Further parts that are handed over. */
  readonly uses?: readonly U[];
  readonly handler: (
    params: Infer<P>,
    call: CallContext<A>,
    parts: Readonly<Pick<Parts, N | U>>,
  ) => Promise<T>;
}

/** A line of the method table. */
export interface Method {
  readonly name: string;
  readonly summary: string;
  readonly role: Access;
  readonly params: ObjectSchema;
  readonly result: Schema;
  readonly errors: readonly ErrorCode[];
  readonly timeoutMs: number;
  /** Each call leaves a record in the audit trail, refused ones too. */
  readonly audited: boolean;
  /** The parameters that stand in that record. */
  readonly recorded: readonly string[];
  /** Parts that must be up. */
  readonly needs: readonly ServicePart[];
  /** Parts that the handler gets. */
  readonly parts: readonly PartName[];
  /** True when `device` names a camera, which must be within the caller's scope. */
  readonly takesDevice: boolean;
  /** True when `auth_token` is a parameter of its own; elsewhere it is a credential and is taken away. */
  readonly takesToken: boolean;
  readonly paramsCheck: Validator;
  readonly resultCheck: Validator;
  /** Must only be called with parameters that `paramsCheck` accepted. @param parts those that `parts` names. */
  run(params: unknown, call: CallContext, parts: unknown): Promise<unknown>;
}

/**
 * Declares a method. Everything else (validation, access, documents, tests) is computed from it.
 * @throws TypeError when a secret is to be recorded.
 */
export function defineMethod<
  P extends ObjectSchema,
  R extends Schema,
  A extends Access,
  const T extends Answer<Infer<R>>,
  N extends ServicePart = never,
  U extends PartName = never,
>(spec: MethodSpec<P, R, A, T, N, U>): Method {
  const { handler, needs = [], uses = [] } = spec;
  const recorded: readonly string[] = spec.audited === false ? [] : spec.audited;
  for (const name of recorded) {
    const schema = spec.params.properties[name];
    if (schema === undefined || !isRecordable(schema))
      throw new TypeError(`${spec.name}: ${name} cannot be recorded`);
  }
  return {
    name: spec.name,
    summary: spec.summary,
    role: spec.role,
    params: spec.params,
    result: spec.result,
    errors: spec.errors,
    timeoutMs: spec.timeoutMs,
    audited: spec.audited !== false,
    recorded,
    needs,
    parts: [...needs, ...uses],
    takesDevice: 'device' in spec.params.properties,
    takesToken: 'auth_token' in spec.params.properties,
    paramsCheck: compile(spec.params),
    resultCheck: compile(spec.result),
    run: (params, call, parts) =>
      handler(params as Infer<P>, call as CallContext<A>, parts as Pick<Parts, N | U>),
  };
}
