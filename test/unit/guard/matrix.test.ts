/** Each method of each guarded port in each way of misbehaving: the call ends, with a failure that core knows, and health names it. */
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { PortMap, PortName } from '../../../plugins/api/index.js';
import { FaultBook } from '../../../plugins/guard/fault-book.js';
import { guardAdapter } from '../../../plugins/guard/guard-adapter.js';
import { isPortError } from '../../../ports/index.js';
import {
  adapterWith,
  CASES,
  MISBEHAVIOUR,
  signal,
  type Guarded,
} from '../../../config/trial/misbehaviour.js';

describe('the matrix of misbehaviour', () => {
  for (const [index, each] of CASES.entries())
    for (const [what, misbehave] of Object.entries(MISBEHAVIOUR))
      it(`${each.port}.${each.method} (${String(index)}) ${what}`, async () => {
        const clock = createManualClock();
        const faults = new FaultBook(createMemoryLogger());
        let reason: string | undefined;
        faults.follow((_plugin, fault) => (reason = fault?.reason ?? reason));
        const as = { plugin: 'acme', name: 'x', isRequired: true };
        const made = adapterWith(each, misbehave) as PortMap[PortName];
        const adapter = guardAdapter(each.port, made, { as, deps: { clock, faults } }) as unknown as Guarded;
        const call = each.call ?? ((found: Guarded) => found[each.method]?.({}, signal()));
        let outcome: { readonly value?: unknown; readonly cause?: unknown } | undefined;
        void Promise.resolve()
          .then(() => call(adapter))
          .then(
            (value) => (outcome = { value }),
            (cause: unknown) => (outcome = { cause }),
          );
        for (let turn = 0; turn < 50 && outcome === undefined; turn += 1) {
          await setImmediate();
          await clock.advance(2_000);
        }
        if (each.sound?.includes(what) === true) {
          expect(reason).to.equal(undefined);
          return;
        }
        expect(outcome, 'it ends').not.to.equal(undefined);
        if (outcome?.cause !== undefined) expect(isPortError(outcome.cause, 'ADAPTER_FAILED')).to.equal(true);
        expect(reason).to.include(`${each.port}/x.${each.method}`);
        expect(reason?.length).to.be.lessThan(1_000);
      });
});
