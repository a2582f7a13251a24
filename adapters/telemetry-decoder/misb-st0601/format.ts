/** How items are encoded. The tables of items are written in these words; decoding and the reference are derived from them. */

/** Whole numbers of fixed or variable length, two's complement if signed. */
export interface WholeFormat {
  readonly kind: 'whole';
  readonly isSigned: boolean;
  readonly least: number;
  readonly most: number;
  /** Values outside are reported. */
  readonly min?: number;
  readonly max?: number;
}

export type Format =
  | WholeFormat
  /** min + raw × (max − min) / (2^bits − 1). */
  | { readonly kind: 'linear'; readonly bytes: number; readonly min: number; readonly max: number }
  /** raw × max / (2^(bits − 1) − 1); the most negative raw value means that there is no value. */
  | { readonly kind: 'signed'; readonly bytes: number; readonly max: number }
  /** ST 1201. The length on the wire counts; encoders usually choose `usual`. */
  | {
      readonly kind: 'imapb';
      readonly min: number;
      readonly max: number;
      readonly usual: number;
      readonly most: number;
    }
  | { readonly kind: 'text'; readonly most: number; readonly isUtf16?: true }
  /** One byte that stands for a name. */
  | { readonly kind: 'choice'; readonly names: Readonly<Record<number, string>> }
  /** One byte whose bits, from the least significant on, are flags. */
  | { readonly kind: 'bits'; readonly names: readonly string[] }
  | { readonly kind: 'pack'; readonly shape: PackShape }
  /** A nested local set, whose items become fields of their own. */
  | { readonly kind: 'set'; readonly of: SetName }
  /** Hexadecimal text. */
  | { readonly kind: 'raw' };

export type SetName = 'MISB ST 0601' | 'MISB ST 0102';

/** Structured values; `packs.ts` decodes them. */
export type PackShape =
  | 'weapon-load'
  | 'weapon-fired'
  | 'horizon'
  | 'core-identifier'
  | 'control-command'
  | 'command-ids'
  | 'wavelength-ids'
  | 'country-codes'
  | 'frame-rate'
  | 'wavelengths'
  | 'airbases'
  | 'payloads'
  | 'active-payloads'
  | 'weapons'
  | 'waypoints'
  | 'view-domain'
  | 'substream';

export interface Item {
  readonly tag: number;
  readonly name: string;
  readonly format: Format;
  readonly unit?: string;
  readonly note?: string;
  /** It may occur more than once in a set. */
  readonly repeats?: true;
}

type Row = readonly [
  tag: number,
  name: string,
  format: Format,
  details?: Pick<Item, 'unit' | 'note' | 'repeats'>,
];

export function itemsOf(rows: readonly Row[]): readonly Item[] {
  return rows.map(([tag, name, format, details = {}]) => ({ tag, name, format, ...details }));
}

export const linear = (bytes: number, min: number, max: number): Format => ({
  kind: 'linear',
  bytes,
  min,
  max,
});
export const signed = (bytes: number, max: number): Format => ({ kind: 'signed', bytes, max });
export const imapb = (
  min: number,
  max: number,
  length: { readonly usual: number; readonly most: number },
): Format => ({
  ...{ kind: 'imapb', min, max },
  ...length,
});
/** An unsigned number of one length. */
export const unsigned = (
  bytes: number,
  limits: { readonly min?: number; readonly max?: number } = {},
): Format => ({
  ...{ kind: 'whole', isSigned: false, least: bytes, most: bytes },
  ...limits,
});
/** A number whose length is chosen by the encoder. */
export const variable = (sign: 'unsigned' | 'signed', most: number, least = 1): Format => ({
  kind: 'whole',
  isSigned: sign === 'signed',
  least,
  most,
});
export const text = (most: number): Format => ({ kind: 'text', most });
/** Names of the values from 0 on. */
export const choice = (...names: readonly string[]): Format => ({ kind: 'choice', names: { ...names } });
export const coded = (names: Readonly<Record<number, string>>): Format => ({ kind: 'choice', names });
export const bits = (...names: readonly string[]): Format => ({ kind: 'bits', names });
export const pack = (shape: PackShape): Format => ({ kind: 'pack', shape });
export const set = (of: SetName): Format => ({ kind: 'set', of });
export const RAW: Format = { kind: 'raw' };
