import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml';
import { nearestThatIs, ownersRemedy } from './owner.js';
import { isTooDeep } from './yaml-depth.js';
import type { ValuePath } from '../core/validation/json-schema.js';

/** A configuration of a thousand cameras has a quarter of this. */
const MAX_BYTES = 256 * 1024;
/** How often parts of a file may be repeated by aliases, all together. */
const MAX_ALIASES = 100;

export interface YamlFile {
  readonly path: string;
  /** Sections by name; empty for an empty file. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** File and line of a part of it, for messages. */
  where(path: ValuePath): string;
}

/** Reads a configuration file. What is wrong with it goes into `faults`, with file and line. */
export function readYamlFile(path: string, faults: string[]): YamlFile | undefined {
  try {
    const lines = new LineCounter();
    const text = textOf(path);
    if (isTooDeep(text)) throw new Error('is nested too deeply');
    const document = parseDocument(text, {
      lineCounter: lines,
      merge: true,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'error',
    });
    const place = (offset: number): string => `${path}, line ${String(lines.linePos(offset).line)}`;
    const wrong = faultsOf(document).map(({ message, offset }) => `${place(offset)}: ${message}`);
    faults.push(...new Set(wrong));
    if (wrong.length > 0) return undefined;
    const sections: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    if (typeof sections !== 'object' || Array.isArray(sections)) {
      faults.push(`${path}: must be a mapping of sections, such as "server:" with options below it`);
      return undefined;
    }
    return {
      path,
      sections: sections as Record<string, unknown>,
      where: (part) => {
        const offset = offsetOf(document, part);
        return offset === undefined ? path : place(offset);
      },
    };
  } catch (cause) {
    faults.push(`${path}: ${reasonOf(cause, path)}`);
    return undefined;
  }
}

interface TextFault {
  readonly message: string;
  readonly offset: number;
}

/** What the parser says, and aliases that lead nowhere or to what they stand in: it would take those for an endless value. */
function faultsOf(document: Document.Parsed): TextFault[] {
  const said = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    message,
    offset: pos[0],
  }));
  if (said.length > 0) return said.map((fault) => ({ ...fault, message: plain(fault.message) }));
  const anchors = new Set<string>();
  const found: TextFault[] = [];
  visit(document, {
    Alias: (_, { source, range }, ancestors) => {
      const offset = range?.[0] ?? 0;
      const isInside = ancestors.some((node) => isCollection(node) && node.anchor === source);
      if (isInside)
        found.push({ message: `the alias *${source} refers to a value that contains it`, offset });
      else if (!anchors.has(source))
        found.push({ message: `there is no &${source} before the alias *${source}`, offset });
    },
    Value: (_, { anchor }) => {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return found;
}

function plain(message: string): string {
  if (message.startsWith('Source contains multiple documents'))
    return 'contains a second document (---); only one is allowed';
  if (message === 'Map keys must be unique') return 'this mapping contains the same key twice';
  return message;
}

/** Reads in parts: what is named may be a pipe or have no end. */
function textOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    if (length > MAX_BYTES) throw new Error(`is larger than ${String(MAX_BYTES / 1024)} KiB`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } finally {
    closeSync(file);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'ENOENT: there is no such file',
  EISDIR: 'EISDIR: it is a folder',
  ENOTDIR: 'ENOTDIR: a part of the path is not a folder',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
};

function reasonOf(cause: unknown, path: string): string {
  if (!(cause instanceof Error)) return String(cause);
  if ((cause as NodeJS.ErrnoException).code === 'EACCES')
    return `EACCES: this user may not read it: ${ownersRemedy(nearestThatIs(resolve(path)))}`;
  if (cause.message.startsWith('Excessive alias'))
    return `expands too many aliases; at most ${String(MAX_ALIASES)} values may be repeated`;
  const known = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
  return known ?? cause.message.split('\n')[0] ?? 'cannot be read';
}

/** Where a part begins in the text; of what an alias or a merge brought in, where the nearest part around it begins. */
export function offsetOf(document: Document, path: ValuePath): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isSeq(node) && typeof step === 'number') node = node.items[step];
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (isScalar(pair?.key)) offset = pair.key.range?.[0];
      node = pair?.value;
      continue;
    } else return offset;
    if (isNode(node)) offset = node.range?.[0];
  }
  return offset;
}
