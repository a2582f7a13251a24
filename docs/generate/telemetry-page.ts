/** The reference of telemetry fields, from the tables of the decoder. */
import type { Format, Item } from '../../adapters/telemetry-decoder/misb-st0601/format.js';
import { DECISIONS, ITEMS, SECURITY_ITEMS } from '../../adapters/telemetry-decoder/misb-st0601/tables.js';
import { table } from './tables.js';

/** The blocks of the page. */
export function telemetryBlocks(): readonly string[] {
  return [
    'The adapter `misb-st0601` of the port [TelemetryDecoder](../plugins/ports/telemetry-decoder.md) decodes KLV of MISB ST 0601, the metadata of STANAG 4609 feeds. ' +
      'Each item of a message becomes a field with the number of the item as its `id`. An item that is not in this table becomes a field `Item N` with its bytes as ' +
      'hexadecimal text, and so does one whose bytes cannot be decoded; the `problems` of the record say why.',
    'The sources of this table know the standard up to edition 19. Items without a value, with the reserved value of a `signed` mapping or with a special value of ST 1201 have the value `null`.',
    '## Encodings',
    table(
      ['Encoding', 'Value'],
      [
        ['unsigned, signed integer', 'the number'],
        ['linear', 'min + raw × (max − min) / (2^bits − 1)'],
        ['signed', 'raw × max / (2^(bits − 1) − 1); the most negative raw value is `null`'],
        ['IMAPB', 'the mapping of MISB ST 1201 for the length that was sent'],
        ['text', 'a string, UTF-8 unless stated otherwise'],
        ['choice', 'one of the names; an unknown number remains a number'],
        ['flags', 'an object with a boolean for each name'],
        ['pack', 'an object, a list or a number, as described'],
        ['set', 'the items of the set, as fields with the number of the set before their own: `48.1`'],
        ['bytes', 'hexadecimal text'],
      ],
    ),
    '## MISB ST 0601',
    itemTable(ITEMS),
    '## MISB ST 0102 (item 48)',
    itemTable(SECURITY_ITEMS),
    '## Decisions',
    'The table was made from public implementations, which differ in these points:',
    table(
      ['Items', 'Readings', 'Chosen', 'Reason'],
      DECISIONS.map(({ items, readings, chosen, why }) => [items, readings, chosen, why]),
    ),
  ];
}

function itemTable(items: readonly Item[]): string {
  const rows = items.map(({ tag, name, unit, format, note, repeats }) => [
    String(tag),
    name,
    unit ?? '–',
    rangeOf(format),
    encodingOf(format),
    [note, repeats === true ? 'May occur more than once.' : undefined].filter(Boolean).join(' ') || '–',
  ]);
  return table(['Item', 'Name', 'Unit', 'Range', 'Encoding', 'Remarks'], rows);
}

function rangeOf(format: Format): string {
  switch (format.kind) {
    case 'linear':
    case 'imapb':
      return `${String(format.min)} to ${String(format.max)}`;
    case 'signed':
      return `±${String(format.max)}`;
    case 'whole':
      return wholeRange(format);
    case 'text':
      return `up to ${String(format.most)} bytes`;
    case 'choice':
      return Object.entries(format.names)
        .map(([code, name]) => `${code}: ${name}`)
        .join(', ');
    case 'bits':
      return format.names.map((name) => `\`${name}\``).join(', ');
    default:
      return '–';
  }
}

function wholeRange({ isSigned, most, min, max }: Extract<Format, { kind: 'whole' }>): string {
  const bits = 8 * most - (isSigned ? 1 : 0);
  if (bits > 53) return 'up to 53 bits';
  const top = max ?? 2 ** bits - 1;
  return `${String(min ?? (isSigned ? -(2 ** bits) : 0))} to ${String(top)}`;
}

function encodingOf(format: Format): string {
  switch (format.kind) {
    case 'linear':
    case 'signed':
      return `${format.kind}, ${bytesOf(format.bytes)}`;
    case 'imapb':
      return `IMAPB, up to ${bytesOf(format.most)} (usually ${String(format.usual)})`;
    case 'whole': {
      const { isSigned, least, most } = format;
      const length = least === most ? bytesOf(most) : `${String(least)} to ${bytesOf(most)}`;
      return `${isSigned ? 'signed' : 'unsigned'} integer, ${length}`;
    }
    case 'text':
      return format.isUtf16 === true ? 'text, UTF-16 (big-endian)' : 'text';
    case 'choice':
      return 'choice, 1 byte';
    case 'bits':
      return 'flags, 1 byte, least significant bit first';
    case 'set':
      return `set of ${format.of}`;
    case 'pack':
      return 'pack';
    case 'raw':
      return 'bytes';
  }
}

function bytesOf(count: number): string {
  return count === 1 ? '1 byte' : `${String(count)} bytes`;
}
