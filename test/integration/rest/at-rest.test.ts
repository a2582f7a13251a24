/** What the compiled service does while no camera is there and nobody is connected. */
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killForgotten, startService } from '../../worlds/service.js';
import { costOf } from '../../worlds/process-cost.js';
import { tempDir, until } from '../../worlds/media.js';
import { repeating } from '../../repo/support/timers.js';

const PRELOAD = fileURLToPath(new URL('./timer-log.mjs', import.meta.url));
/** The start is over by then, with what it looks at more often in the first seconds. */
const SETTLED_MS = 8_000;
const WATCHED_MS = 10_000;
/** Such as the text of the current second in HTTP headers. */
const NODE = 'Node';
const PRODUCT = /^(core|adapters|plugins|config)\//;
const SECOND_MS = 1_000;
const MOST_WAKE_UPS_PER_SECOND = 5;

interface Timer {
  readonly ms: number;
  readonly where: string;
}

describe('the service at rest', function () {
  this.timeout(120_000);
  let timers: readonly Timer[];
  let wakeUpsPerSecond = Infinity;

  before('a service without cameras that is watched', async () => {
    const dir = await tempDir();
    try {
      const empty = join(dir.path, 'dev');
      await mkdir(empty);
      const file = join(dir.path, 'timers.json');
      const service = await startService({
        profile: 'production',
        waitFor: 'serving',
        set: { 'udev.directory': empty, 'fsnotify_poll.directory': empty },
        env: {
          NODE_OPTIONS: `--enable-source-maps --import=${PRELOAD}`,
          TIMER_LOG: file,
          TIMER_LOG_FROM_MS: String(SETTLED_MS),
          TIMER_LOG_FOR_MS: String(WATCHED_MS),
        },
      });
      await until('the list of timers', () => existsSync(file), SETTLED_MS + 2 * WATCHED_MS);
      timers = JSON.parse(await readFile(file, 'utf8')) as readonly Timer[];
      // Watching timers made work of its own, which is to be cleared away first; so the quietest window counts.
      for (let window = 0; window < 3 && wakeUpsPerSecond > MOST_WAKE_UPS_PER_SECOND; window += 1) {
        const [cost] = await costOf([service.pid], WATCHED_MS);
        wakeUpsPerSecond = Math.min(wakeUpsPerSecond, cost?.wakeUpsPerSecond ?? Infinity);
      }
    } finally {
      await killForgotten();
      await dir.remove();
    }
  });

  it('is woken at most five times a second', () => {
    console.log(`      · wake-ups: ${wakeUpsPerSecond.toFixed(1)} a second, all threads`);
    expect(wakeUpsPerSecond).to.be.at.most(MOST_WAKE_UPS_PER_SECOND);
  });

  it('starts no timer that is shorter than a second', () => {
    const ours = timers.filter(({ where }) => where !== NODE);
    expect(
      ours.map(({ where }) => where),
      'timers are seen',
    ).to.include('core/health/health-monitor.ts');
    expect(ours.filter(({ ms }) => ms < SECOND_MS)).to.deep.equal([]);
  });

  it('repeats only what the table in docs/architecture.md says', () => {
    const atRest = new Set(repeating().flatMap(({ file, isAtRest }) => (isAtRest ? [file] : [])));
    const seen = new Set(timers.map(({ where }) => where));
    const unknown = [...seen].filter((where) => PRODUCT.test(where) && !atRest.has(where));
    expect(unknown).to.deep.equal([]);
  });
});
