import { expect } from 'chai';
import type { AuditEntry, AuditLog } from '../../ports/audit-log.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { failure } from './outcome.js';
import { afterEach, contractSuite, describe, it } from './runner.contract.js';

export interface AuditLogWorld {
  /** A fresh and empty log, not started. */
  create(): Promise<AuditLog>;
  /** Every entry that is kept, oldest first, as somebody reads it who looks into the trail now. */
  entries(log: AuditLog): Promise<readonly AuditEntry[]>;
  /** A second log on what `log` wrote, as the next process would open it, not started. Used with `supports.persistence`. */
  reopen(log: AuditLog): Promise<AuditLog>;
  /** Makes every write fail as a full disk does, until it is called with false. */
  fill(log: AuditLog, isFull: boolean): Promise<void>;
}

export function auditEntry(method: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    version: 1,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'call',
    request_id: 'a-request',
    method,
    outcome: 'ok',
    transport: 'contract',
    address: '192.0.2.1',
    duration_ms: 1.5,
    ...more,
  };
}

const never = new AbortController().signal;
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  ((await failure(call)) as { code?: unknown }).code;
const methods = (entries: readonly AuditEntry[]): string[] => entries.map(({ method }) => method);

export const auditLogContract = contractSuite((name, world: AuditLogWorld) => {
  describe(`${name} as an AuditLog`, () => {
    identityTrait(() => world.create(), { persistence: isFlag });
    const made: AuditLog[] = [];
    const create = async (): Promise<AuditLog> => {
      const log = await world.create();
      made.push(log);
      return log;
    };
    const started = async (): Promise<AuditLog> => {
      const log = await create();
      await log.start(never);
      return log;
    };
    afterEach(async () => {
      for (const log of made.splice(0)) await log.stop(never);
    });

    it('[fresh] starts empty and is not shared', async () => {
      const [one, other] = [await started(), await started()];
      await one.append(auditEntry('one'));
      expect(methods(await world.entries(one))).to.deep.equal(['one']);
      expect(await world.entries(other)).to.deep.equal([]);
    });

    keepsEntries(world, started);
    survives(world, started);
    lifecycle(world, { create, started });
  });
});

function keepsEntries(world: AuditLogWorld, started: () => Promise<AuditLog>): void {
  it('[round-trip] keeps every field of an entry', async () => {
    const log = await started();
    const entry = auditEntry('take_snapshot', {
      kind: 'login',
      outcome: 'AUTH_FAILED',
      principal: 'grüße "quoted"\nnext line 📷 \u2028',
      role: 'operator',
      provider: 'memory',
      params: { device: 'camera0', quality: 80, metadata: false },
      repeated: 3,
      lost_before: 2,
    });
    await log.append(entry);
    expect(await world.entries(log)).to.deep.equal([entry]);
  });

  it('[kept] has stored an entry when the promise resolves', async () => {
    const log = await started();
    for (const method of ['a', 'b', 'c']) {
      await log.append(auditEntry(method));
      expect(methods(await world.entries(log)).at(-1)).to.equal(method);
    }
  });

  it('[kept] stores one entry after the other', async () => {
    const log = await started();
    for (let n = 0; n < 50; n++) await log.append(auditEntry(`m${String(n)}`));
    expect(await world.entries(log)).to.have.length(50);
  });

  it('[order] keeps the order of the calls, even if they are not awaited', async () => {
    const log = await started();
    const names = Array.from({ length: 300 }, (_, n) => `m${String(n)}`);
    await Promise.all(
      names.map((method, n) => log.append(auditEntry(method, { address: 'x'.repeat((n % 7) * 50) }))),
    );
    expect(methods(await world.entries(log))).to.deep.equal(names);
  });

  it('[copies] stores the entry as it was when the call was made', async () => {
    const log = await started();
    const entry = { ...auditEntry('before'), params: { device: 'camera0' } };
    const writing = log.append(entry);
    entry.method = 'after';
    entry.params.device = 'camera9';
    await writing;
    expect((await world.entries(log))[0]).to.deep.include({
      method: 'before',
      params: { device: 'camera0' },
    });
  });
}

function survives(world: AuditLogWorld, started: () => Promise<AuditLog>): void {
  it('[full] rejects with a code while there is no space, and continues when there is', async () => {
    const log = await started();
    await log.append(auditEntry('before'));
    await world.fill(log, true);
    expect(await codeOf(log.append(auditEntry('lost')))).to.be.oneOf(['STORAGE_FULL', 'STORAGE_FAILED']);
    await world.fill(log, false);
    await log.append(auditEntry('after'));
    expect(methods(await world.entries(log))).to.deep.equal(['before', 'after']);
  });

  it('[independent] rejects each of many concurrent entries that fail', async () => {
    const log = await started();
    await world.fill(log, true);
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((method) => log.append(auditEntry(method))),
    );
    await world.fill(log, false);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
  });

  it('[persistence] keeps entries for the next process if it declares persistence, and appends to them', async () => {
    const log = await started();
    await log.append(auditEntry('first'));
    await log.stop(never);
    const next = await world.reopen(log);
    await next.start(never);
    await next.append(auditEntry('second'));
    const kept = methods(await world.entries(next));
    await next.stop(never);
    expect(kept).to.deep.equal(log.supports.persistence ? ['first', 'second'] : ['second']);
  });
}

interface Makers {
  create(): Promise<AuditLog>;
  started(): Promise<AuditLog>;
}

function lifecycle(world: AuditLogWorld, { create, started }: Makers): void {
  it('[closed] accepts no entries before start and after stop', async () => {
    const log = await create();
    expect(await codeOf(log.append(auditEntry('early')))).to.equal('UNSUPPORTED');
    await log.start(never);
    await log.stop(never);
    expect(await codeOf(log.append(auditEntry('late')))).to.equal('UNSUPPORTED');
  });

  it('[flushes] writes pending entries before it stops', async () => {
    const log = await started();
    const writing = Array.from({ length: 50 }, (_, n) => log.append(auditEntry(`m${String(n)}`)));
    await log.stop(never);
    expect((await Promise.allSettled(writing)).every(({ status }) => status === 'fulfilled')).to.equal(true);
    expect(await world.entries(log)).to.have.length(50);
  });

  it('[repeatable] can be started and stopped repeatedly, and stopped without a start', async () => {
    const log = await create();
    await log.stop(never);
    for (const method of ['a', 'b']) {
      await log.start(never);
      await log.start(never);
      await log.append(auditEntry(method));
      await log.stop(never);
      await log.stop(never);
    }
    expect(methods(await world.entries(log))).to.deep.equal(['a', 'b']);
  });

  it('[abort] does not start with an aborted signal, and stops immediately when the time is used up', async () => {
    const log = await create();
    const late = AbortSignal.abort(new Error('too late'));
    expect(await failure(log.start(late))).to.have.property('message', 'too late');
    await log.start(never);
    await log.stop(late);
  });
}
