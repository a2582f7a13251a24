import type { ValuePath } from '../core/validation/json-schema.js';

/** A value that somebody gave to a key. */
export interface Assignment {
  readonly value: unknown;
  /** Where a part of it stands, for messages: a file with its line, the name of a variable, `--set`. */
  where(path: ValuePath): string;
  /** True for values of files, which a variable or the command line may replace. */
  readonly isFromFile: boolean;
  /** The file that has it. */
  readonly file?: string;
}

export interface Gathered {
  /** The strongest value of each key that was given. */
  readonly chosen: Map<string, Assignment>;
  readonly faults: string[];
}
