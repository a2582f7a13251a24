/** The rules that every StateStore keeps for keys and documents. */
import { PortError } from '../../ports/port-error.js';

const KEY = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const MAX_KEY_LENGTH = 100;
export const MAX_DOCUMENT_LENGTH = 64 * 1024 * 1024;

export function isKey(key: string): boolean {
  return typeof key === 'string' && key.length <= MAX_KEY_LENGTH && KEY.test(key);
}

/** @throws PortError `OPTION_INVALID` for a key that breaks the port's rule. */
export function checkKey(key: string): string {
  if (isKey(key)) return key;
  throw new PortError('OPTION_INVALID', {
    message: 'the key of a document is words of a-z and 0-9 joined by . or -',
    detail: { option: 'key', rule: `at most ${MAX_KEY_LENGTH} characters of ${KEY.source}` },
  });
}

/** The document as JSON text. @throws PortError `OPTION_INVALID` for what is not plain JSON data. */
export function encodeDocument(key: string, value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined && text.length <= MAX_DOCUMENT_LENGTH) return text;
  throw new PortError('OPTION_INVALID', {
    message: `the document ${key} is not plain JSON data of a bounded size`,
    ...(cause === undefined ? {} : { cause }),
    detail: { option: 'value', rule: 'plain JSON data', key },
  });
}
