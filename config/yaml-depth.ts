import { Parser, type CST } from 'yaml';

/** A configuration has five. */
const DEEPEST = 50;

/**
 * Whether a text is nested so deeply that taking it apart would exhaust the stack, which ends the process without a word. The
 * parser's first stage, and this, need no stack.
 */
export function isTooDeep(text: string): boolean {
  let level: CST.Token[] = [...new Parser().parse(text)];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}

function partsOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}
