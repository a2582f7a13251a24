/** Which handler answers which path: shared by the listeners, so that they cannot differ. */
import type { HttpHandler, HttpRequest, HttpResponse, UpgradeHandler } from '../../ports/http-listener.js';
import { errorResponse } from './web-error.js';

export interface Target {
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

interface Route {
  readonly prefix: string;
  readonly handler: HttpHandler;
}

export class RouteTable {
  /** Longest prefix first; equal prefixes in the order in which they came. */
  #routes: readonly Route[] = [];
  readonly #upgrades = new Map<string, UpgradeHandler>();
  readonly #mount: string;

  /** @param mount path below which clients see us; a proxy may have taken it off a request or not. */
  constructor(mount = '') {
    this.#mount = decoded(mount.endsWith('/') ? mount.slice(0, -1) : mount) ?? '';
  }

  route(prefix: string, handler: HttpHandler): () => void {
    const route: Route = { prefix: checkedPath(prefix), handler };
    this.#routes = [...this.#routes, route].sort((a, b) => b.prefix.length - a.prefix.length);
    return () => {
      this.#routes = this.#routes.filter((other) => other !== route);
    };
  }

  upgrade(path: string, handler: UpgradeHandler): () => void {
    const key = checkedPath(path);
    if (this.#upgrades.has(key)) throw new TypeError(`upgrades on ${key} already have a handler`);
    this.#upgrades.set(key, handler);
    return () => {
      if (this.#upgrades.get(key) === handler) this.#upgrades.delete(key);
    };
  }

  upgradeHandler(path: string): UpgradeHandler | undefined {
    return this.#upgrades.get(this.#unmounted(path));
  }

  /** Asks the routes in turn; when none answers, says why. */
  async answer(asked: HttpRequest): Promise<HttpResponse> {
    const request = { ...asked, path: this.#unmounted(asked.path) };
    for (const { prefix, handler } of this.#routes) {
      if (!isBelow(request.path, prefix)) continue;
      const response = await handler(request);
      if (response !== undefined) return response;
    }
    if (!this.#upgrades.has(request.path)) {
      return errorResponse({ code: 'NOT_FOUND', message: 'there is nothing at this address' });
    }
    const message = 'this address accepts only WebSocket connections';
    const headers = { upgrade: 'websocket', connection: 'Upgrade' };
    return errorResponse({ code: 'UPGRADE_REQUIRED', message }, headers);
  }

  #unmounted(path: string): string {
    if (this.#mount === '' || !isBelow(path, this.#mount)) return path;
    return path.slice(this.#mount.length) || '/';
  }
}

/** The host that a target in absolute form names; it counts instead of `Host` (RFC 9112 §3.2.2). */
export function targetAuthority(raw: string): string | undefined {
  return raw.startsWith('/') ? undefined : /^https?:\/\/([^/?#]+)/i.exec(raw)?.[1];
}

/** Reads a request target. @returns undefined when it is malformed or tries to leave its place. */
export function parseTarget(raw: string): Target | undefined {
  const origin = raw.startsWith('/') ? raw : raw.replace(/^https?:\/\/[^/?#]*/i, '');
  const cut = origin.indexOf('?');
  const path = decoded(cut < 0 ? origin : origin.slice(0, cut));
  if (path === undefined || !path.startsWith('/') || path.includes('\0')) return undefined;
  if (path.split(/[/\\]/).some((segment) => segment === '..')) return undefined;
  const query = new Map<string, string>();
  if (cut >= 0) {
    for (const [name, value] of new URLSearchParams(origin.slice(cut + 1))) {
      if (!query.has(name)) query.set(name, value);
    }
  }
  return { path, query };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

function checkedPath(path: string): string {
  if (!path.startsWith('/')) throw new TypeError(`a path must start with "/", not ${JSON.stringify(path)}`);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
