/**
 * Ids as they were written. A number beyond 2^53 or with more digits than a double holds would come back as another number, and
 * the client would wait for its answer for ever; so such an id is echoed in its own words.
 */

/** True for ids that survive being parsed and written again. */
export function isFaithful(id: unknown): boolean {
  return typeof id !== 'number' || Number.isSafeInteger(id);
}

/**
 * @param text a valid JSON text: an object, or an array.
 * @returns for an object its `id` as written; for an array the `id` of each element, undefined where there is none.
 */
export function rawIds(text: string): readonly (string | undefined)[] {
  return new Scanner(text).scan();
}

const DELIMITER = /[,\]}\s]/g;
const QUOTE_OR_ESCAPE = /["\\]/g;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

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
