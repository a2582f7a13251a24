import type { Principal, RoutedAnswer } from '../../ports/index.js';
import type { Access } from '../auth/roles.js';
import { isSafe, routePattern, type RoutePattern } from './route-pattern.js';

/** HEAD is answered by the route for GET. */
export const ROUTE_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

export type RouteResponse = Omit<Extract<RoutedAnswer, { readonly kind: 'response' }>, 'kind'>;
export type SiteAnswer = Exclude<RoutedAnswer, { readonly kind: 'failure' }>;

/** A request that was let through. */
export interface RouteCall {
  /** Absent where everybody may call. */
  readonly principal: Principal | undefined;
  readonly requestId: string;
  /** Aborts when the deadline has passed before there is an answer, when the client is gone, or when its credential ends. */
  readonly signal: AbortSignal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** A route of a plugin: a line of the table. */
export interface Route {
  readonly method: RouteMethod;
  readonly pattern: string;
  /** The least role that may use it; `none` for everybody. */
  readonly role: Access;
  readonly timeoutMs: number;
  /** A longer body is refused. */
  readonly bodyBytes: number;
  /** Each request leaves a record in the audit trail, refused ones too. */
  readonly audited: boolean;
  /** The parameters of the path that stand in that record. */
  readonly recorded: readonly string[];
  run(call: RouteCall): Promise<RouteResponse>;
}

/** Files of a plugin, which are everybody's. */
export interface Site {
  /** @param path begins with `/`. @returns `undefined` when there is no such file. Never rejects. */
  find(path: string, headers: RouteCall['headers']): Promise<SiteAnswer | undefined>;
}

export interface FoundRoute {
  readonly plugin: string;
  readonly route: Route;
  readonly params: RouteCall['params'];
}

/** What there is at a path: a route, other methods only, or perhaps a file. */
export type Found =
  | ({ readonly kind: 'route' } & FoundRoute)
  | { readonly kind: 'other'; readonly allow: readonly string[] }
  | { readonly kind: 'site'; readonly path: string; readonly site: Site }
  /** The plugin's own address without the slash behind it, from which relative links would lead elsewhere. */
  | { readonly kind: 'root'; readonly plugin: string };

interface Line {
  readonly route: Route;
  readonly pattern: RoutePattern;
}

interface Entry {
  readonly lines: readonly Line[];
  readonly site: Site | undefined;
}

/** What plugins serve over HTTP; it comes and goes with them. */
export class RouteTable {
  readonly #entries = new Map<string, Entry>();

  /** @returns a function that takes it out; what is under way goes on. @throws TypeError when two routes match the same requests. */
  add(plugin: string, routes: readonly Route[], site?: Site): () => void {
    if (this.#entries.has(plugin)) throw new TypeError(`${plugin} has routes already`);
    const lines = routes.map((route) => ({ route, pattern: routePattern(route.pattern) }));
    const seen = new Set<string>();
    for (const { route, pattern } of lines) {
      const key = `${route.method} ${pattern.shape}`;
      if (seen.has(key))
        throw new TypeError(`two routes match the same requests: ${route.method} ${route.pattern}`);
      seen.add(key);
    }
    const entry = { lines: lines.toSorted(byPattern), site };
    this.#entries.set(plugin, entry);
    return () => {
      if (this.#entries.get(plugin) === entry) this.#entries.delete(plugin);
    };
  }

  /** @param path what follows `/plugins`. */
  find(method: string, path: string): Found | undefined {
    const [, plugin = ''] = path.split('/', 2);
    const entry = this.#entries.get(plugin);
    if (entry === undefined || !isSafe(path)) return undefined;
    const rest = path.slice(plugin.length + 1);
    if (rest === '') return isGet(method) ? { kind: 'root', plugin } : undefined;
    const matches = entry.lines.flatMap(({ route, pattern }) => {
      const params = pattern.match(rest);
      return params === undefined ? [] : [{ route, params }];
    });
    const wanted = method === 'HEAD' ? 'GET' : method;
    const best = matches.find(({ route }) => route.method === wanted);
    if (best !== undefined) return { kind: 'route', plugin, ...best };
    const { site } = entry;
    // Another method may have a route where there is a file, too.
    if (site !== undefined && (isGet(method) || matches.length === 0))
      return { kind: 'site', path: rest, site };
    return matches.length === 0
      ? undefined
      : { kind: 'other', allow: allowed(matches.map(({ route }) => route.method)) };
  }
}

export function isGet(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function allowed(methods: readonly RouteMethod[]): readonly string[] {
  const words = new Set<string>(methods);
  return words.has('GET') ? ['GET', 'HEAD', ...[...words].filter((word) => word !== 'GET')] : [...words];
}

/** Literals before parameters, from left to right. */
function byPattern(one: Line, other: Line): number {
  const weight = ({ pattern }: Line): string =>
    pattern.shape
      .split('/')
      .map((segment) => (segment === '{}' ? '1' : '0'))
      .join('');
  return weight(one) < weight(other) ? -1 : weight(one) > weight(other) ? 1 : 0;
}
