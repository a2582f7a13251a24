/** PAT and PMT: which programmes there are, and of which streams they consist (ISO/IEC 13818-1, §2.4.4). */

export interface Descriptor {
  readonly tag: number;
  readonly data: Buffer;
}

export interface ElementaryStream {
  readonly pid: number;
  readonly type: number;
  readonly descriptors: readonly Descriptor[];
}

export interface ProgramMap {
  readonly program: number;
  readonly pcrPid: number;
  readonly descriptors: readonly Descriptor[];
  readonly streams: readonly ElementaryStream[];
}

/** Programme 0 is the network, and no programme. */
export interface ProgramEntry {
  readonly program: number;
  readonly pmtPid: number;
}

const PAT = 0;
const PMT = 2;
const SECTION_HEADER_BYTES = 8;

/** @returns `undefined` for another table, and for one that does not apply yet. */
export function readPat(section: Buffer): readonly ProgramEntry[] | undefined {
  if (!isCurrent(section, PAT)) return undefined;
  const entries: ProgramEntry[] = [];
  for (let at = SECTION_HEADER_BYTES; at + 4 <= section.length; at += 4) {
    const program = section.readUInt16BE(at);
    if (program !== 0) entries.push({ program, pmtPid: section.readUInt16BE(at + 2) & 0x1fff });
  }
  return entries;
}

/** Of a table in several sections: which one this is, and which is the last one. */
export function sectionNumbers(section: Buffer): { readonly number: number; readonly last: number } {
  return { number: section[6] ?? 0, last: section[7] ?? 0 };
}

export function readPmt(section: Buffer): ProgramMap | undefined {
  if (!isCurrent(section, PMT) || section.length < SECTION_HEADER_BYTES + 4) return undefined;
  const infoLength = section.readUInt16BE(10) & 0x0fff;
  const info = section.subarray(12, 12 + infoLength);
  const streams: ElementaryStream[] = [];
  let at = 12 + infoLength;
  while (at + 5 <= section.length) {
    const length = section.readUInt16BE(at + 3) & 0x0fff;
    streams.push({
      type: section.readUInt8(at),
      pid: section.readUInt16BE(at + 1) & 0x1fff,
      descriptors: readDescriptors(section.subarray(at + 5, at + 5 + length)),
    });
    at += 5 + length;
  }
  return {
    program: section.readUInt16BE(3),
    pcrPid: section.readUInt16BE(8) & 0x1fff,
    descriptors: readDescriptors(info),
    streams,
  };
}

function isCurrent(section: Buffer, table: number): boolean {
  return section.length >= SECTION_HEADER_BYTES && section[0] === table && ((section[5] ?? 0) & 1) === 1;
}

function readDescriptors(bytes: Buffer): readonly Descriptor[] {
  const found: Descriptor[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes.readUInt8(at + 1);
    found.push({ tag: bytes.readUInt8(at), data: Buffer.from(bytes.subarray(at + 2, end)) });
    at = end;
  }
  return found;
}

const REGISTRATION = 0x05;
const METADATA = 0x26;
const KLVA = 'KLVA';
/** Metadata in PES packets; private data in PES packets. */
export const METADATA_STREAM = 0x15;
const PRIVATE_STREAM = 0x06;

/** `told`: it is KLV. `possible`: its content decides. */
export type KlvHint = 'told' | 'possible' | 'none';

/** ST 1402: synchronous KLV has stream type 0x15, asynchronous 0x06, each with the identifier `KLVA`. Some encoders leave it out. */
export function klvHint({ type, descriptors }: ElementaryStream): KlvHint {
  if (type !== METADATA_STREAM && type !== PRIVATE_STREAM) return 'none';
  const formats = descriptors.flatMap(formatOf);
  if (formats.includes(KLVA)) return 'told';
  return formats.length === 0 ? 'possible' : 'none';
}

/** The identifier of four letters that a descriptor has, if any. */
function formatOf({ tag, data }: Descriptor): readonly string[] {
  if (tag === REGISTRATION) return [data.subarray(0, 4).toString('latin1')];
  if (tag !== METADATA) return [];
  // An application format of 0xFFFF has an identifier of its own before the format.
  const at = data.length >= 2 && data.readUInt16BE(0) === 0xffff ? 6 : 2;
  return data[at] === 0xff ? [data.subarray(at + 1, at + 5).toString('latin1')] : [];
}
