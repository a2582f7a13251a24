import { LineCounter, parseDocument } from 'yaml';
import type { ValuePath } from '../core/validation/json-schema.js';
import { offsetOf } from './yaml-file.js';

/** The line on which a part of a JSON text begins; `undefined` when it cannot be told. JSON is YAML, whose parser knows. */
export function lineOfJson(text: string, path: ValuePath): number | undefined {
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
    const offset = offsetOf(document, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  } catch {
    // The line is a help; the message is right without it.
    return undefined;
  }
}
