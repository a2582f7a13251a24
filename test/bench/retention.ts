/** How long retention keeps the event loop from others, with many files. */
import { setImmediate } from 'node:timers/promises';
import { describeFile, type IndexedFile } from '../../core/files/file-note.js';
import { inTurns } from '../../core/lifecycle/in-turns.js';
import { daysLeft } from '../../core/retention/forecast.js';
import { observeFiles } from '../../core/retention/observe.js';
import { planInSteps } from '../../core/retention/plan.js';
import type { Bench } from './bench.js';
import { ms, percentile, type Row } from './table.js';

const FIRST_MS = Date.UTC(2026, 0, 1);
const GOAL_MS = 20;

export const retention: Bench = {
  name: 'retention',
  run: async ({ quick }) => {
    const runs = quick ? 5 : 30;
    const all = await measure(10_000, runs);
    return quick ? all : [...all, ...(await measure(100_000, runs))];
  },
};

async function measure(count: number, runs: number): Promise<readonly Row[]> {
  const files = Array.from({ length: count }, (_, index) => fileAt(index));
  const wish = {
    global: {
      type: 'size' as const,
      enabled: true,
      maxSizeGb: (count * 90) / 1e9,
      minFreeGb: 0.001,
      maxAgeDays: 300,
    },
    cameras: {},
    protectedNames: new Set(files.slice(0, 1_000).map(({ filename }) => filename.slice(0, -4))),
  };
  const now = FIRST_MS + count * 60_000;
  const longest: number[] = [];
  const whole: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const began = performance.now();
    let [since, most] = [began, 0];
    const turn = (): void => void (most = Math.max(most, performance.now() - since));
    const yieldTurn = async (): Promise<void> => {
      turn();
      await setImmediate();
      since = performance.now();
    };
    const observed = await observeFiles(files, { isHeld: () => false, yieldTurn });
    const view = { files: observed, availableBytes: 1e9, now };
    const plan = await inTurns(planInSteps(wish, view), yieldTurn);
    turn();
    since = performance.now();
    daysLeft({ files, usableBytes: 1e9, now });
    turn();
    if (plan.length === 0) throw new Error('nothing was planned');
    whole.push(performance.now() - began);
    longest.push(most);
  }
  const words = count.toLocaleString('en').replaceAll(',', ' ');
  const p95 = percentile(longest, 95);
  return [
    {
      what: `a check of retention over ${words} files: longest time without a turn for others`,
      figure: `${ms(percentile(longest, 50))} (95 %: ${ms(p95)})`,
      reference: `the whole check ${ms(percentile(whole, 50))}`,
      ratio: percentile(longest, 50) / percentile(whole, 50),
      goal: `95 % < ${String(GOAL_MS)} ms`,
      isHeld: p95 < GOAL_MS,
    },
  ];
}

function fileAt(index: number): IndexedFile {
  const startedAt = FIRST_MS + index * 60_000;
  const [day = '', time = ''] = new Date(startedAt).toISOString().slice(0, -1).split('T');
  const filename = `camera${String(index % 4)}_${day}_${time.replaceAll(/[:.]/g, '-')}000_m${String(index)}.mp4`;
  const modifiedAt = startedAt + 60_000;
  return describeFile(
    { kind: 'recordings', filename, sizeBytes: 100, modifiedAt, createdAt: startedAt },
    undefined,
  );
}
