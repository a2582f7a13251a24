import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';
import { ACCEPTED, type Accepted } from './accepted.js';

/** A mutant that no case noticed. */
export interface Survivor {
  readonly file: string;
  readonly line: number;
  /** The line on which the mutated code begins. */
  readonly text: string;
  /** The code, and what stands in its place. */
  readonly from: string;
  readonly to: string;
  readonly mutator: string;
  /** No case runs this code at all. */
  readonly isUncovered: boolean;
}

export interface Verdict {
  readonly open: readonly Survivor[];
  readonly accepted: number;
  /** Entries of the list for these files that no survivor needs any more. */
  readonly stale: readonly Accepted[];
}

/** @param root the folder of the repository. */
export function survivorsOf(results: readonly MutantResult[], root: string): readonly Survivor[] {
  return results
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ fileName, location, replacement, mutatorName, status }) => {
      const lines = readFileSync(fileName, 'utf8').split('\n');
      // The report counts lines and columns from 1.
      const { start, end } = location;
      const part = lines.slice(start.line - 1, end.line);
      const from = part
        .map((text, n) =>
          text
            .slice(n === 0 ? start.column - 1 : 0, n === part.length - 1 ? end.column - 1 : undefined)
            .trim(),
        )
        .join(' ');
      return {
        file: relative(root, fileName),
        line: start.line,
        text: (lines[start.line - 1] ?? '').trim(),
        from,
        to: replacement.replace(/\s+/g, ' '),
        mutator: mutatorName,
        isUncovered: status === 'NoCoverage',
      };
    });
}

/** @param files those that were mutated. */
export function judge(survivors: readonly Survivor[], files: ReadonlySet<string>): Verdict {
  const used = new Set<Accepted>();
  const open = survivors.filter((survivor) => {
    const entries = ACCEPTED.filter((entry) => covers(entry, survivor));
    for (const entry of entries) used.add(entry);
    return entries.length === 0;
  });
  const stale = ACCEPTED.filter((entry) => files.has(entry.file) && !used.has(entry));
  return { open, accepted: survivors.length - open.length, stale };
}

function covers({ file, at, only }: Accepted, survivor: Survivor): boolean {
  return (
    file === survivor.file &&
    survivor.text.includes(at) &&
    (only === undefined || only.includes(survivor.mutator))
  );
}
