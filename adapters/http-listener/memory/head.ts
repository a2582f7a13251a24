/** Headers as values, read as a listener on a network would read them from the wire. */
import { hostFault } from '../../_shared/web-head.js';
import { targetAuthority } from '../../_shared/web-routes.js';

/** Several values: several headers of that name; none: no such header. `Host` is there unless it is given. */
export type MemoryHeaders = Readonly<Record<string, string | readonly string[]>>;

export interface Head {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The host that the client means: that of the target, else that of the header. */
  readonly named: Readonly<Record<string, string | undefined>>;
  /** What is wrong with `Host`. */
  readonly fault: string | undefined;
}

export function readHead(given: MemoryHeaders, target: string, ownHost: string): Head {
  const values = new Map<string, readonly string[]>([['host', [ownHost]]]);
  for (const [name, value] of Object.entries(given))
    values.set(name.toLowerCase(), typeof value === 'string' ? [value] : value);
  const headers = Object.fromEntries(
    [...values].filter(([, each]) => each.length > 0).map(([name, each]) => [name, each.join(', ')]),
  );
  const named = { ...headers, host: targetAuthority(target) ?? headers['host'] };
  return { headers, named, fault: hostFault(values.get('host') ?? []) };
}
