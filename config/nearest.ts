/** The known word with the fewest edits, if it is near enough to be a slip. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const cut = word.slice(0, 200);
  const scored = known.map((candidate) => ({ candidate, edits: editDistance(cut, candidate) }));
  scored.sort((a, b) => a.edits - b.edits);
  const best = scored[0];
  return best && best.edits <= Math.max(2, cut.length / 4) ? best.candidate : undefined;
}

/** The end of a message about an unknown word. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
