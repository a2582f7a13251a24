/** One line of the result: a figure beside what the same machine does in the same minute without this service. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly reference: string;
  /** Figure divided by reference, where that says something. */
  readonly ratio?: number;
  /** What is to be held, in words. */
  readonly goal: string;
  readonly isHeld: boolean;
}

const HEADS = ['what', 'figure', 'reference in the same run', 'ratio', 'to hold', ''] as const;

export function printTable(rows: readonly Row[]): void {
  const lines = [[...HEADS], ...rows.map(cells)];
  const widths = HEADS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  text.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  console.log(text.map((line) => line.trimEnd()).join('\n'));
}

function cells({ what, figure, reference, ratio, goal, isHeld }: Row): string[] {
  return [
    what,
    figure,
    reference,
    ratio === undefined ? '' : ratio.toFixed(2),
    goal,
    isHeld ? 'held' : 'MISSED',
  ];
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

export function perSecond(value: number): string {
  return `${(value / 1000).toFixed(1)} k/s`;
}

export function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
