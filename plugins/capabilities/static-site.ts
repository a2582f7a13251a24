import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { lookup } from 'mrmime';
import type { Site, SiteAnswer } from '../../core/rpc/route-table.js';
import type { ByteRange, RoutedFile } from '../../ports/index.js';
import type { StaticOffer } from '../api/index.js';
import { listFolder } from './static-folder.js';

/** Pages may load what is beside them and nothing from elsewhere. */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');
const INDEX = 'index.html';
const TEXT = /^text\/|\b(?:javascript|json|xml)$/;

/**
 * The static files of a plugin. They are listed now; those that come later are not served until the plugin is installed again.
 * @param root behind all links. @param onFault hears of a file that cannot be read. @throws TypeError when there are too many.
 */
export function staticSite(root: string, offer: StaticOffer, onFault: (cause: unknown) => void): Site {
  return new StaticSite(listFolder(root), offer, onFault);
}

class StaticSite implements Site {
  readonly #files: ReadonlyMap<string, string>;
  readonly #offer: StaticOffer;
  readonly #onFault: (cause: unknown) => void;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(files: ReadonlyMap<string, string>, offer: StaticOffer, onFault: (cause: unknown) => void) {
    this.#files = files;
    this.#offer = offer;
    this.#onFault = onFault;
    this.#headers = {
      // Always asked for again, and mostly answered by 304.
      'cache-control': 'no-cache',
      'content-security-policy': offer.contentSecurityPolicy ?? POLICY,
    };
  }

  async find(
    path: string,
    headers: Readonly<Record<string, string | undefined>>,
  ): Promise<SiteAnswer | undefined> {
    const isFolder = path.endsWith('/');
    const place = this.#files.get(isFolder ? `${path}${INDEX}` : path);
    if (place !== undefined) return await this.#answer(place);
    if (!isFolder && this.#files.has(`${path}/${INDEX}`))
      return {
        kind: 'response',
        status: 308,
        headers: { location: `${encodeURIComponent(basename(path))}/` },
      };
    const { fallback } = this.#offer;
    if (fallback === undefined || !isNavigation(path, headers)) return undefined;
    const page = this.#files.get(`/${fallback}`);
    return page === undefined ? undefined : await this.#answer(page);
  }

  async #answer(place: string): Promise<SiteAnswer | undefined> {
    try {
      const file = await fileAt(place);
      return file === undefined ? undefined : { kind: 'file', file, headers: this.#headers };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') this.#onFault(cause);
      return undefined;
    }
  }
}

/** A page is asked for by a person, and its path has no extension: a script that is missing must not get a page. */
function isNavigation(path: string, headers: Readonly<Record<string, string | undefined>>): boolean {
  return (headers['accept'] ?? '').includes('text/html') && !basename(path).includes('.');
}

/** @returns `undefined` for what has become a link, or lies behind one, since the files were listed. */
async function fileAt(place: string): Promise<RoutedFile | undefined> {
  const [facts, real] = await Promise.all([lstat(place, { bigint: true }), realpath(place)]);
  if (!facts.isFile() || real !== place) return undefined;
  const { size, ctimeNs } = facts;
  return {
    contentType: typeOf(place),
    sizeBytes: Number(size),
    // Packages have the same time of modification for all files and editions; the time of change is when they came here.
    modifiedAt: Number(facts.ctimeMs),
    etag: `"${size.toString(36)}-${ctimeNs.toString(36)}"`,
    read: (range) => read(place, range, ctimeNs),
  };
}

async function* read(place: string, { first, last }: ByteRange, ctimeNs: bigint): AsyncIterable<Uint8Array> {
  const handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if ((await handle.stat({ bigint: true })).ctimeNs !== ctimeNs)
      throw new Error(`${place} has changed meanwhile`);
    yield* handle.createReadStream({
      start: first,
      end: last,
      autoClose: false,
    }) as AsyncIterable<Uint8Array>;
  } finally {
    await handle.close();
  }
}

function typeOf(place: string): string {
  const type = lookup(place) ?? 'application/octet-stream';
  return TEXT.test(type) ? `${type}; charset=utf-8` : type;
}
