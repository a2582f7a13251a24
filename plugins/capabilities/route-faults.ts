/** What a plugin declares of its routes, checked when it is declared. */
import { patternFault, routePattern } from '../../core/rpc/route-pattern.js';
import { ROUTE_METHODS } from '../../core/rpc/route-table.js';
import { ROLES } from '../api/index.js';
import { folderFault } from './static-folder.js';
import { faultOfCount, faultOfTimeout, faultOfWords } from './declaration-faults.js';

export const LONGEST_BODY = 1024 * 1024;
const MOST_HEADERS = 20;
const HEADER = /^[a-z][a-z0-9-]{0,63}$/;
/** They tell who asks, or are a proxy's word about the client, which the service has judged already. */
const WITHHELD =
  /^(?:authorization|cookie|x-api-key|forwarded|x-real-ip|(?:proxy|x-forwarded|x-auth|remote|sec-websocket)-.*|.*(?:jwt|oidc|webauth|remote-user|client-cert|client-principal).*)$/;

export function faultOfRoute(offer: object): string | undefined {
  const { method, path, summary, role, headers, handler, ...more } = offer as Readonly<
    Record<string, unknown>
  >;
  if (!(ROUTE_METHODS as readonly unknown[]).includes(method))
    return `its method must be one of ${ROUTE_METHODS.join(', ')}`;
  const fault = patternFault(path);
  if (fault !== undefined) return `its path ${fault}`;
  if (typeof handler !== 'function') return 'handler must be a function';
  const roles: readonly unknown[] = [...ROLES, 'public'];
  if (!roles.includes(role)) return `role must be one of ${roles.join(', ')}`;
  const { params } = routePattern(path as string);
  if (role === 'public' && params.includes('device'))
    return 'a public route cannot have {device}: cameras are shown to callers who may see them';
  return (
    faultOfWords(summary, 'summary') ??
    faultOfTimeout(more['timeoutMs']) ??
    faultOfCount(more['maxBodyBytes'] ?? 1, 'maxBodyBytes', LONGEST_BODY) ??
    faultOfHeaders(headers) ??
    faultOfRecorded(more['audited'], params)
  );
}

function faultOfHeaders(headers: unknown = []): string | undefined {
  const areNames =
    Array.isArray(headers) &&
    headers.length <= MOST_HEADERS &&
    headers.every((name: unknown) => typeof name === 'string' && HEADER.test(name));
  if (!areNames) return `headers must be at most ${String(MOST_HEADERS)} names in lower case`;
  const withheld = (headers as readonly string[]).find((name) => WITHHELD.test(name));
  return withheld === undefined
    ? undefined
    : `headers cannot name "${withheld}": plugins do not get credentials, nor what proxies say`;
}

function faultOfRecorded(audited: unknown, params: readonly string[]): string | undefined {
  const isSound =
    audited === false ||
    (Array.isArray(audited) &&
      audited.every((name: unknown) => (params as readonly unknown[]).includes(name)));
  return isSound ? undefined : 'audited must be false or a list of parameters of the path';
}

export function faultOfStatic(folder: unknown, offer: unknown): string | undefined {
  const { fallback, contentSecurityPolicy: policy } = (offer ?? {}) as Readonly<Record<string, unknown>>;
  if (fallback !== undefined && !(typeof fallback === 'string' && /^[\w-][\w./-]*\.html$/.test(fallback)))
    return 'fallback must be the path of an .html file in the folder, such as index.html';
  if (policy !== undefined && !(typeof policy === 'string' && /^[\u0020-\u007e]{1,2000}$/.test(policy)))
    return 'contentSecurityPolicy must be a text of one line';
  return folderFault(folder);
}
