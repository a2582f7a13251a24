import { TextDecoder } from 'node:util';

const DECODERS = { 'utf-8': decoders('utf-8'), 'utf-16be': decoders('utf-16be') };
const LONGEST = 4096;

function decoders(encoding: string): { readonly strict: TextDecoder; readonly lenient: TextDecoder } {
  return {
    strict: new TextDecoder(encoding, { fatal: true, ignoreBOM: true }),
    lenient: new TextDecoder(encoding, { ignoreBOM: true }),
  };
}

/** @returns the text, and whether anything in it had to be replaced. A single zero byte is the empty text. */
export function readText(
  bytes: Uint8Array,
  encoding: keyof typeof DECODERS = 'utf-8',
): { readonly text: string; readonly isDamaged: boolean } {
  if (bytes.length === 1 && bytes[0] === 0) return { text: '', isDamaged: false };
  const { strict, lenient } = DECODERS[encoding];
  const part = bytes.subarray(0, LONGEST);
  try {
    return { text: strict.decode(part), isDamaged: false };
  } catch {
    return { text: lenient.decode(part), isDamaged: true };
  }
}
