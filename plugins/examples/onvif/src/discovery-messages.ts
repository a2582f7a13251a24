/** Messages of WS-Discovery in the version of April 2005, which ONVIF uses (ONVIF Core Specification, 7). */
import { nodeAt, nodesIn, parseXml, textAt } from './xml.js';

export const GROUP = '239.255.255.250';
export const PORT = 3702;

const TYPE = 'dn:NetworkVideoTransmitter';
const ACTIONS = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
const MAX_ADDRESS = 256;

export interface Announcement {
  readonly type: 'here' | 'bye';
  /** The address of the endpoint, which identifies the device: mostly `urn:uuid:…`. */
  readonly endpoint: string;
  /** Where its device service is, as it says itself. */
  readonly addresses: readonly string[];
  /** Of the message that it answers. */
  readonly relatesTo: string;
}

/** @param id of the message, a UUID. */
export function probeMessage(id: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="${ACTIONS}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>urn:uuid:${id}</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action e:mustUnderstand="true">${ACTIONS}/Probe</w:Action></e:Header><e:Body><d:Probe><d:Types>${TYPE}</d:Types></d:Probe></e:Body></e:Envelope>`;
}

/** @returns nothing for what is no announcement of a camera. */
export function readAnnouncements(datagram: Uint8Array): readonly Announcement[] {
  try {
    const envelope = nodeAt(parseXml(new TextDecoder().decode(datagram)), 'Envelope');
    const relatesTo = textAt(envelope, 'Header', 'RelatesTo');
    const body = nodeAt(envelope, 'Body');
    const bye = nodesIn(body, 'Bye');
    const here = [...nodesIn(body, 'Hello'), ...nodesIn(nodeAt(body, 'ProbeMatches'), 'ProbeMatch')];
    return [
      ...bye.map((node) => read(node, 'bye', relatesTo)),
      ...here.filter(isCamera).map((node) => read(node, 'here', relatesTo)),
    ].filter(({ endpoint }) => endpoint !== '' && endpoint.length <= MAX_ADDRESS);
  } catch {
    return [];
  }
}

/** Printers and others answer too. */
function isCamera(node: unknown): boolean {
  return /(?:^|[\s:])NetworkVideoTransmitter(?:\s|$)/.test(textAt(node, 'Types'));
}

function read(node: unknown, type: Announcement['type'], relatesTo: string): Announcement {
  return {
    type,
    relatesTo,
    endpoint: textAt(node, 'EndpointReference', 'Address'),
    addresses: textAt(node, 'XAddrs').split(/\s+/).filter(Boolean),
  };
}
