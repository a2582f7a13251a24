/** As many items as are worked on before others have their turn: a few milliseconds. */
const STEP = 500;

/** Work that stops at each `yield`, so that whoever does it can let others have their turn. */
export type Steps<T> = Generator<void, T, void>;

/** Does the work at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Does the work and lets others have their turn between its steps. */
export async function inTurns<T>(steps: Steps<T>, yieldTurn: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await yieldTurn();
  }
}

/** Calls `work` with each item. */
export function* each<T>(items: readonly T[], work: (item: T) => void): Steps<void> {
  for (const [index, item] of items.entries()) {
    if (index % STEP === STEP - 1) yield;
    work(item);
  }
}

/** Sorts as `Array.prototype.toSorted` does; what is in order already is not touched again. */
export function* sorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += STEP) {
    runs.push(items.slice(from, from + STEP).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* merge(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (a: T, b: T) => number,
): Steps<readonly T[]> {
  const [last, first] = [one.at(-1), other[0]];
  if (last === undefined || first === undefined || compare(last, first) <= 0) return [...one, ...other];
  const all: T[] = [];
  let [left, right] = [0, 0];
  while (left < one.length && right < other.length) {
    if (all.length % STEP === STEP - 1) yield;
    const isLeft = compare(one[left] as T, other[right] as T) <= 0;
    all.push((isLeft ? one[left++] : other[right++]) as T);
  }
  return [...all, ...one.slice(left), ...other.slice(right)];
}
