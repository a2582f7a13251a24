/** `npm run bench [-- --quick] [-- --only=name,…]`: the figures of this service beside references measured in the same run. */
import { cpus } from 'node:os';
import type { Bench } from './bench.js';
import { downloads } from './downloads.js';
import { fanOut } from './fan-out.js';
import { idleCost } from './idle-cost.js';
import { idleCpu } from './idle-cpu.js';
import { isolation } from './isolation.js';
import { leftovers } from './leftovers.js';
import { listing } from './listing.js';
import { recordingCost } from './recording-cost.js';
import { retention } from './retention.js';
import { snapshots } from './snapshots.js';
import { statusCalls } from './status-calls.js';
import { telemetry } from './telemetry.js';
import { printTable, type Row } from './table.js';

const BENCHES: readonly Bench[] = [
  ...[idleCost, idleCpu, statusCalls, fanOut, listing, recordingCost, downloads, snapshots],
  isolation,
  leftovers,
  retention,
  telemetry,
];

const words = process.argv.slice(2);
const quick = words.includes('--quick') || words.includes('--smoke');
const only = words
  .find((word) => word.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const chosen = BENCHES.filter(({ name }) => only?.includes(name) ?? true);
if (chosen.length === 0) {
  console.error(`--only takes: ${BENCHES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const bench of chosen) {
  const began = performance.now();
  rows.push(...(await bench.run({ quick })));
  console.error(`${bench.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
const [{ model = 'unknown' } = {}] = cpus();
console.log(
  `\n${String(cpus().length)} × ${model}, Node ${process.versions.node}${quick ? ', smoke run' : ''}\n`,
);
printTable(rows);
process.exit(0);
