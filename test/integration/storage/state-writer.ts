/** Child of the crash test: replaces one document without end until it is killed. */
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createFileStateStore } from '../../../adapters/state-store/file/file-state-store.js';

const directory = process.argv[2] ?? '';
const store = await createFileStateStore(
  { directory },
  { log: createMemoryLogger(), clock: createSystemClock() },
);
for (let n = 0; ; n++) {
  await store.write('doc', { n, pad: String(n % 10).repeat(200_000) });
  if (n === 0) process.send?.('writing');
}
