/** The parts of forwarding headers, each value checked and what is not understood left out. */
import { isIP } from 'node:net';
import { authorityOf } from './web-request.js';

export type Scheme = 'http' | 'https';

export interface ForwardedElement {
  readonly address: string | undefined;
  readonly scheme: Scheme | undefined;
  readonly host: string | undefined;
}

/** `Forwarded`, one element for each proxy, the nearest last (RFC 7239 §4). */
export function parseForwarded(header: string): ForwardedElement[] {
  return splitOutsideQuotes(header, ',')
    .filter((element) => element.trim() !== '')
    .map((element) => {
      const pairs = new Map(splitOutsideQuotes(element, ';').map(toPair));
      return {
        address: addressOf(pairs.get('for')),
        scheme: schemeOf(pairs.get('proto')),
        host: authorityOf(pairs.get('host')),
      };
    });
}

/** The entries of a list of plain values, the nearest proxy's last. */
export function listOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The entry of the outermost of so many proxies; shorter lists have one entry for all. */
export function at(list: readonly string[], hops: number): string | undefined {
  return list[Math.max(0, list.length - Math.max(1, hops))];
}

/** The address of a node, without its port; undefined for what hides itself (`unknown`, `_x`). */
export function addressOf(node: string | undefined): string | undefined {
  const text = (node ?? '').trim();
  const bare =
    /^\[([\da-f:.]+)\](?::\w+)?$/i.exec(text)?.[1] ?? /^([\d.]+)(?::\w+)?$/.exec(text)?.[1] ?? text;
  if (isIP(bare) === 0) return undefined;
  return bare.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}

export function schemeOf(proto: string | undefined): Scheme | undefined {
  switch (proto?.toLowerCase()) {
    case 'http':
    case 'ws':
      return 'http';
    case 'https':
    case 'wss':
      return 'https';
    default:
      return undefined;
  }
}

/** A path of plain segments, without a slash at its end; empty for everything else. */
export function prefixOf(text: string | undefined): string {
  const segments = (text ?? '').split('/').slice(1);
  if (segments.at(-1) === '') segments.pop();
  const isPlain = segments.every((segment) => /^[\w.~-]+$/.test(segment) && !/^\.+$/.test(segment));
  return text?.startsWith('/') === true && isPlain ? segments.map((segment) => `/${segment}`).join('') : '';
}

function toPair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim().toLowerCase();
  const value = pair.slice(equals + 1).trim();
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return [name, isQuoted ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value];
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (isQuoted && char === '\\') index += 1;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
