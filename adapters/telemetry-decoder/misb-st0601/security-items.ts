/** MISB ST 0102, the security metadata of item 48. */
import { coded, itemsOf, RAW, text, unsigned, type Format } from './format.js';

/** Longer texts are no classification. */
const TEXT = text(1024);
const UTF_16: Format = { kind: 'text', most: 1024, isUtf16: true };

const SHARED = {
  1: 'ISO 3166 two letter',
  2: 'ISO 3166 three letter',
  6: 'STANAG 1059 two letter',
  7: 'STANAG 1059 three letter',
  0x0d: 'GENC two letter',
  0x0e: 'GENC three letter',
  0x0f: 'GENC numeric',
};
/** How the country of the classification is written. */
export const CLASSIFYING_METHODS = {
  ...SHARED,
  3: 'FIPS 10-4 two letter',
  4: 'FIPS 10-4 four letter',
  5: 'ISO 3166 numeric',
  0x0a: 'FIPS 10-4 mixed',
  0x0b: 'ISO 3166 mixed',
  0x0c: 'STANAG 1059 mixed',
  0x10: 'GENC mixed',
};
/** How the countries that are seen are written. The lists differ. */
export const OBJECT_METHODS = {
  ...SHARED,
  3: 'ISO 3166 numeric',
  4: 'FIPS 10-4 two letter',
  5: 'FIPS 10-4 four letter',
  0x40: 'GENC administrative subdivision',
};

export const SECURITY_ITEMS = itemsOf([
  [
    1,
    'Security Classification',
    coded({ 1: 'UNCLASSIFIED', 2: 'RESTRICTED', 3: 'CONFIDENTIAL', 4: 'SECRET', 5: 'TOP SECRET' }),
  ],
  [2, 'Classifying Country and Releasing Instructions Country Coding Method', coded(CLASSIFYING_METHODS)],
  [3, 'Classifying Country', TEXT, { note: '`//` and the code.' }],
  [4, 'Security-SCI/SHI Information', TEXT],
  [5, 'Caveats', TEXT],
  [6, 'Releasing Instructions', TEXT, { note: 'Codes with spaces between.' }],
  [7, 'Classified By', TEXT],
  [8, 'Derived From', TEXT],
  [9, 'Classification Reason', TEXT],
  [10, 'Declassification Date', TEXT, { note: 'YYYYMMDD.' }],
  [11, 'Classification and Marking System', TEXT],
  [12, 'Object Country Coding Method', coded(OBJECT_METHODS)],
  [13, 'Object Country Codes', UTF_16, { note: 'Codes with semicolons between.' }],
  [14, 'Classification Comments', TEXT],
  [15, 'UMID Video', RAW, { note: 'Deprecated.' }],
  [16, 'UMID Audio', RAW, { note: 'Deprecated.' }],
  [17, 'UMID Data', RAW, { note: 'Deprecated.' }],
  [18, 'UMID System', RAW, { note: 'Deprecated.' }],
  [19, 'Stream ID', unsigned(1), { note: 'Deprecated.' }],
  [20, 'Transport Stream ID', unsigned(2), { note: 'Deprecated.' }],
  [21, 'Item Designator ID', RAW, { note: 'Deprecated.' }],
  [22, 'Version', unsigned(2), { note: 'The edition of the standard: N of ST 0102.N.' }],
  [23, 'Classifying Country Coding Method Version Date', TEXT, { note: 'YYYY-MM-DD.' }],
  [24, 'Object Country Coding Method Version Date', TEXT, { note: 'YYYY-MM-DD.' }],
]);
