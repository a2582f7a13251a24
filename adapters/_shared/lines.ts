/** Text of child processes, cut into lines without ever holding more than a bounded piece of it. */
import type { Readable } from 'node:stream';

const MAX_LINE_LENGTH = 4096;

/** Calls `onLine` for each line of the stream. What is longer than 4096 characters loses its end. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split(/\r?\n|\r/);
    rest = (parts.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of parts) if (line !== '') onLine(line.slice(0, MAX_LINE_LENGTH));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
  // A pipe that breaks while its process dies is part of dying; the exit is reported elsewhere.
  stream.on('error', () => undefined);
}

/** The last lines of something, for diagnosis. */
export class LineTail {
  readonly #lines: string[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#limit) this.#lines.shift();
  }

  lines(): readonly string[] {
    return [...this.#lines];
  }
}
