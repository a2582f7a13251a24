/** Figures in the output of the lab. None of them is asserted: emulation is 5 to 17 times slower than a machine. */
export function tell(line: string): void {
  console.log(`        · ${line}`);
}

export function quantiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, n ${String(values.length)}`;
}

/** For how long no picture had come when the service called a camera frozen, in its own words. */
export function silenceMs(reason: string | undefined): number {
  return Number(/^no new frame for (\d+) ms$/.exec(reason ?? '')?.[1]);
}
