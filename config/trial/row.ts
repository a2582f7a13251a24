/** What a trial of an adapter comes to. */
export type Verdict = 'ok' | 'failed' | 'n/a';

export interface Row {
  /** `Port/name`; absent where it is about the whole plugin. */
  readonly adapter?: string;
  /** What was done to it. */
  readonly what: string;
  readonly verdict: Verdict;
  /** Why it failed or does not apply. */
  readonly reason?: string;
}

/** The adapter did something that it must not do. */
export class Failed extends Error {}

/** The trial means nothing for this adapter, or cannot be made here. */
export class NotApplicable extends Error {}

const MAX_WORDS = 300;

/** What was thrown, in one line. */
export function words(cause: unknown): string {
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return text.replaceAll(/\s+/g, ' ').slice(0, MAX_WORDS);
}
