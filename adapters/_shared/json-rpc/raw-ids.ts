/**
 * Ids as they were written. A number that a double does not hold, or that JavaScript writes in another way (`1.0`, `-0`, `1e2`), would
 * come back as another text, and a client that compares texts would wait for its answer for ever; so such an id is echoed in its own
 * words. Why no parser does this: docs/adr/0018-ids-are-read-beside-the-parser.md.
 */

/**
 * A number behind a key `id`, in any spelling of the key, that is not written as JavaScript writes a whole number. That it may stand
 * in a text or deeper inside costs a look at the message and changes nothing.
 */
const ODD_NUMBER = /"(?:i|\\u0069)(?:d|\\u0064)"[ \t\r\n]*:[ \t\r\n]*(?:-0|-?\d+[.eE])/;

/**
 * The ids of a message that have to be echoed as they were written, each at its place; undefined for those that survive.
 * @param text a valid JSON text: an object, or an array.
 * @param ids what a parser made of the `id` of the object, or of each element of the array.
 */
export function writtenIds(text: string, ids: readonly unknown[]): readonly (string | undefined)[] {
  const numbers = ids.filter((id) => typeof id === 'number');
  if (numbers.length === 0 || (numbers.every(Number.isSafeInteger) && !ODD_NUMBER.test(text))) return [];
  const written = new Scanner(text).scan();
  return ids.map((id, index) => (typeof id === 'number' ? written[index] : undefined));
}

const DELIMITER = /[,\]}\s]/g;
const QUOTE_OR_ESCAPE = /["\\]/g;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns for an object its `id` as written; for an array the `id` of each element, undefined where there is none. */
  scan(): (string | undefined)[] {
    const ids: (string | undefined)[] = [];
    this.#space();
    if (this.#text[this.#at] !== '[') return [this.#element()];
    this.#at += 1;
    for (this.#space(); this.#at < this.#text.length && this.#text[this.#at] !== ']'; this.#separator()) {
      ids.push(this.#element());
    }
    return ids;
  }

  /** Skips one value. @returns its `id` member as written, when it is an object that has one; of several the last, as in parsing. */
  #element(): string | undefined {
    if (this.#text[this.#at] !== '{') {
      this.#value();
      return undefined;
    }
    let id: string | undefined;
    this.#at += 1;
    for (this.#space(); this.#text[this.#at] !== '}'; this.#separator()) {
      const key = JSON.parse(this.#value()) as string;
      this.#separator();
      const written = this.#value();
      if (key === 'id') id = written;
    }
    this.#at += 1;
    return id;
  }

  #value(): string {
    const from = this.#at;
    const first = this.#text[from];
    if (first === '"') this.#string();
    else if (first === '{' || first === '[') this.#nested();
    else this.#at = this.#find(DELIMITER);
    return this.#text.slice(from, this.#at);
  }

  #nested(): void {
    let depth = 0;
    do {
      const char = this.#text[this.#at];
      if (char === '"') {
        this.#string();
        continue;
      }
      if (char === '{' || char === '[') depth += 1;
      if (char === '}' || char === ']') depth -= 1;
      this.#at += 1;
    } while (depth > 0 && this.#at < this.#text.length);
  }

  #string(): void {
    this.#at += 1;
    for (;;) {
      this.#at = this.#find(QUOTE_OR_ESCAPE);
      const char = this.#text[this.#at];
      this.#at += char === '\\' ? 2 : 1;
      if (char !== '\\') return;
    }
  }

  #find(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.index ?? this.#text.length;
  }

  /** Passes white space and one comma or colon. */
  #separator(): void {
    this.#space();
    const char = this.#text[this.#at];
    if (char === ',' || char === ':') this.#at += 1;
    this.#space();
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }
}
