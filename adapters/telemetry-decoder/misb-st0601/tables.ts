/** The items of each local set, and what was decided where sources about them differ. */
import type { Item, SetName } from './format.js';
import { ITEMS_1_TO_72 } from './items-1-72.js';
import { ITEMS_73_TO_143 } from './items-73-143.js';
import { SECURITY_ITEMS } from './security-items.js';

/** All of MISB ST 0601, in the order of their tags. */
export const ITEMS: readonly Item[] = [...ITEMS_1_TO_72, ...ITEMS_73_TO_143];
export { SECURITY_ITEMS };

export const SETS: Readonly<Record<SetName, ReadonlyMap<number, Item>>> = {
  'MISB ST 0601': byTag(ITEMS),
  'MISB ST 0102': byTag(SECURITY_ITEMS),
};

/** The standard itself was not at hand: these are the readings of public implementations, and why one of them was chosen. */
export interface Decision {
  readonly items: string;
  readonly readings: string;
  readonly chosen: string;
  readonly why: string;
}

export const DECISIONS: readonly Decision[] = [
  {
    items: '39',
    readings: 'signed −128 to 127 (three sources); signed −127 to 127 with 0x80 as no value; unsigned',
    chosen: 'signed −128 to 127',
    why: 'The value is the raw number: no scale gives the most negative one a meaning of its own, and most sources agree.',
  },
  {
    items: '43, 44',
    readings: 'twice the raw value (four sources); 0 to 512',
    chosen: 'twice the raw value, 0 to 510',
    why: 'All sources but the oldest agree, and steps of 2 are exact.',
  },
  {
    items: '81',
    readings: 'coordinates as signed numbers with a reserved value; as unsigned numbers over the full range',
    chosen: 'signed, with the reserved value',
    why: 'All other coordinates of the standard are signed with the same reserved value, and an encoder shares the code for them.',
  },
  {
    items: '93',
    readings: '±180° (three sources); ±90° (two)',
    chosen: '±180°',
    why: 'The three were written from later editions, the two others from older ones or from each other.',
  },
  {
    items: '96, 103, 104, 105',
    readings: 'the mapping of ST 1201 (three sources); a linear range',
    chosen: 'the mapping of ST 1201',
    why: 'It gives the sample values that the sources quote; the linear range does not: `00 D9 2A` of item 96 is 13898.5 m, `2F 92 1E` of item 103 is 23456.23 m.',
  },
  {
    items: '138',
    readings: 'payload types 0 to 3; 0 to 4 with synthetic aperture radar',
    chosen: '0 to 4',
    why: 'A name for one value more takes nothing away. Unknown types remain numbers.',
  },
  {
    items: '140',
    readings: 'the general status is the low 8 bits of the number; the low 7',
    chosen: 'the low 8 bits',
    why: 'They differ only where bit 7 is set, which no source gives a meaning: with 8 bits such a status is seen as unknown instead of as another one.',
  },
  {
    items: '141',
    readings:
      'identifier and flags as BER-OID numbers; as BER lengths. All parts required; flags and location optional',
    chosen: 'BER-OID; flags and location optional',
    why: 'Below 128 both are the same, and every other identifier of the standard is BER-OID. Leaving out trailing parts is usual in its packs.',
  },
  {
    items: '48.2, 48.12',
    readings: 'a list of coding methods for each; one list for both (two different ones)',
    chosen: 'a list for each',
    why: 'The two sources with one list contradict each other, and each agrees with those that have two.',
  },
  {
    items: '60, 61, 62, 142, 143',
    readings: 'one source for the layout or the limits',
    chosen: 'that reading',
    why: 'Nothing contradicts it. The lengths agree with other sources where these know the item.',
  },
  {
    items: 'all with the mapping `signed`',
    readings: 'the most negative value is an error, out of range, or reserved, depending on item and edition',
    chosen: 'null',
    why: 'In each of these readings there is no value.',
  },
];

function byTag(items: readonly Item[]): ReadonlyMap<number, Item> {
  return new Map(items.map((each) => [each.tag, each]));
}
