import type { PortMap, ServiceEndpoint, CaptureJob } from '../api/index.js';
import { decodeError } from './codec.js';
import { membersOf, type AdapterFacts, type IsolatedPort, type MemberKind } from './ports-table.js';

/** An adapter in an isolated plugin, as its proxy reaches it. */
export interface RemoteAdapter {
  /** What is known of it. `mirrors` is kept up to date. */
  readonly facts: AdapterFacts;
  call(member: string, args: readonly unknown[], signal: AbortSignal): Promise<unknown>;
  stream(member: string, args: readonly unknown[], signal: AbortSignal): AsyncIterable<unknown>;
  serve(service: ServiceEndpoint, signal: AbortSignal): Promise<unknown>;
  session(job: CaptureJob, signal: AbortSignal): Promise<unknown>;
}

type Method = (...given: unknown[]) => unknown;

/** Stands in the service for an adapter in an isolated plugin. */
export function proxyOf<P extends IsolatedPort>(port: P, remote: RemoteAdapter): PortMap[P] {
  const { name, supports, members } = remote.facts;
  const methods = membersOf(port)
    .filter(([member]) => members.includes(member))
    .map(([member, kind]) => [member, MAKE[kind](remote, member)]);
  return { name, supports, ...Object.fromEntries(methods) } as PortMap[P];
}

type Make = (remote: RemoteAdapter, member: string) => Method;

const call: Make =
  (remote, member) =>
  (...given) =>
    remote.call(member, given.slice(0, -1), given.at(-1) as AbortSignal);

const MAKE: { readonly [K in MemberKind]: Make } = {
  call,
  do: call,
  stream:
    (remote, member) =>
    (...given) =>
      remote.stream(member, given.slice(0, -1), given.at(-1) as AbortSignal),
  mirror: (remote, member) => () => {
    const said = remote.facts.mirrors[member];
    if (said === undefined) return undefined;
    if ('error' in said) throw decodeError(said.error);
    return said.value;
  },
  serve: (remote) => (service, signal) => remote.serve(service as ServiceEndpoint, signal as AbortSignal),
  session: (remote) => (job, signal) => remote.session(job as CaptureJob, signal as AbortSignal),
};
