export interface ChildOptions {
  /** What it is for, in words: shown in records and errors. */
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  /** When given, the child is recorded there for `reapOrphans`. */
  readonly runDir?: string;
  /** Added to the clean environment. */
  readonly env?: Record<string, string>;
  /** Default `['ignore', 'pipe', 'pipe']`. Piped streams other than stderr must be read by the caller. */
  readonly stdio?: readonly ('pipe' | 'ignore')[];
  /** How many of the last lines of stderr are kept. Default 40. */
  readonly tailLines?: number;
  /** Called for each line of stderr. */
  readonly onLine?: (line: string) => void;
  readonly cwd?: string;
}
