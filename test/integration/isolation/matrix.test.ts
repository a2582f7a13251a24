/** The matrix of misbehaviour behind a thread and a process: core and health notice no difference. */
import { join } from 'node:path';
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { FaultBook } from '../../../plugins/guard/fault-book.js';
import { guardAdapter, requireAdapter } from '../../../plugins/guard/guard-adapter.js';
import { isPortError } from '../../../ports/index.js';
import { isolatedHost, MODES, pluginAt, type IsolatedHost } from '../../worlds/isolated.js';
import {
  ISOLATED_CASES,
  MISBEHAVING,
  MISBEHAVIOUR,
  signal,
  type Case,
  type Guarded,
} from '../../../config/trial/misbehaviour.js';

/** An answer has crossed over within this time; what has not come then does not come. */
const ANSWER_MS = 5_000;
/** What is called and does nothing is not waited for as long. */
const SILENCE_MS = 100;

for (const mode of MODES)
  describe(`the matrix of misbehaviour in isolation: ${mode}`, function () {
    this.timeout(60_000);
    let host: IsolatedHost;
    before(async () => {
      host = await isolatedHost(
        mode,
        await pluginAt(join(import.meta.dirname, '../../worlds/misbehaving-plugin.ts')),
      );
    });
    after(() => host?.close());

    for (const [index, each] of ISOLATED_CASES.entries())
      for (const what of Object.keys(MISBEHAVIOUR))
        it(`${each.port}.${each.method} (${String(index)}) ${what}`, async () => {
          const clock = createManualClock();
          const faults = new FaultBook(createMemoryLogger());
          let reason: string | undefined;
          faults.follow((_plugin, fault) => (reason = fault?.reason ?? reason));
          const made = await host.create(each.port, MISBEHAVING, { index, what });
          requireAdapter(each.port, made);
          const as = { plugin: 'misbehaving', name: 'x', isRequired: true };
          const adapter = guardAdapter(each.port, made, { as, deps: { clock, faults } });
          const outcome = await outcomeOf(each, adapter as unknown as Guarded, {
            isSilent: what === 'hangs',
            advance: () => clock.advance(2_000),
          });
          if (each.sound?.includes(what) === true) return void expect(reason).to.equal(undefined);
          expect(outcome, 'it ends').not.to.equal(undefined);
          if (outcome?.cause !== undefined)
            expect(isPortError(outcome.cause, 'ADAPTER_FAILED')).to.equal(true);
          expect(reason).to.include(`${each.port}/x.${each.method}`);
          expect(reason?.length).to.be.lessThan(1_000);
        });

    it('leaves the plugin as it was', () => expect(host.faults).to.deep.equal([]));
  });

interface Outcome {
  readonly value?: unknown;
  readonly cause?: unknown;
}

async function outcomeOf(
  { call, method }: Case,
  adapter: Guarded,
  { isSilent, advance }: { readonly isSilent: boolean; readonly advance: () => Promise<unknown> },
): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  const run = call ?? ((found: Guarded) => found[method]?.({}, signal()));
  const called = Promise.resolve()
    .then(() => run(adapter))
    .then(
      (value) => (outcome = { value }),
      (cause: unknown) => (outcome = { cause }),
    );
  const enough = new AbortController();
  const long = pause(isSilent ? SILENCE_MS : ANSWER_MS, undefined, { signal: enough.signal });
  await Promise.race([called, long.catch(() => undefined)]);
  enough.abort();
  for (let turn = 0; turn < 50 && outcome === undefined; turn += 1) {
    await setImmediate();
    await advance();
  }
  return outcome;
}
