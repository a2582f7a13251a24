/** XML from strangers: bounded, without a document type, read by local names. */
import { XMLParser } from 'fast-xml-parser';

const parser = new XMLParser({
  ...{
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    trimValues: true,
  },
  maxNestedTags: 64,
});
/** The messages that are read here are a few thousand characters long. */
const MAX_CHARACTERS = 256 * 1024;

export type XmlNode = unknown;

/** @throws Error for what is too long, has a document type (and so entities of its own), or is no XML. */
export function parseXml(text: string): XmlNode {
  if (text.length > MAX_CHARACTERS) throw new Error('the message is too long');
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Error('the message has a document type');
  return parser.parse(text, true) as XmlNode;
}

/** The first node on a path of local names. */
export function nodeAt(node: XmlNode, ...path: readonly string[]): XmlNode {
  return path.reduce<XmlNode>((each, name) => nodesIn(each, name)[0], node);
}

/** All children of a name. */
export function nodesIn(node: XmlNode, name: string): readonly XmlNode[] {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return [];
  const found = (node as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(found) ? found : [found];
}

/** @returns an empty text when there is none. */
export function textAt(node: XmlNode, ...path: readonly string[]): string {
  const found = nodeAt(node, ...path);
  if (typeof found === 'string') return found;
  // An element that has attributes too.
  const text = nodeAt(found, '#text');
  return typeof text === 'string' ? text : '';
}

export function escapeXml(text: string): string {
  return text.replaceAll(/[<>&"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
