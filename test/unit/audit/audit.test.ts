import { expect } from 'chai';
import { createMemoryAuditLog } from '../../../adapters/audit-log/memory/memory-audit-log.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryMetricsSink } from '../../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import { AuditTrail } from '../../../core/audit/audit-trail.js';
import { auditRecord, type AuditFacts } from '../../../core/audit/record.js';
import { HealthBoard } from '../../../core/health/health-board.js';
import { CATALOGUE } from '../../../core/metrics/catalogue.js';
import { defineMethod } from '../../../core/rpc/define-method.js';
import { METHODS } from '../../../core/rpc/methods/index.js';
import { s } from '../../../core/validation/schema.js';
import type { AuditLog } from '../../../ports/index.js';

const never = new AbortController().signal;

function facts(more: Partial<AuditFacts> = {}): AuditFacts {
  return {
    at: 0,
    kind: 'call',
    requestId: 'r',
    method: 'take_snapshot',
    outcome: 'ok',
    principal: undefined,
    transport: 'ws-jsonrpc',
    address: '192.0.2.1',
    durationMs: 1,
    ...more,
  };
}

describe('an audit record', () => {
  it('has the declared parameters that were accepted, and nothing else', () => {
    const accepted = { device: 'camera0', auth_token: 'abc', extra: 'zzz', quality: 80, deep: { a: 1 } };
    const { params } = auditRecord(facts({ accepted, recorded: ['device', 'quality', 'deep', 'absent'] }));
    expect(params).to.deep.equal({ device: 'camera0', quality: 80 });
  });

  it('has no parameters of a call that was refused before they were accepted', () => {
    expect(auditRecord(facts({ recorded: ['device'] }))).not.to.have.property('params');
  });

  it('is bounded, whoever the caller is', () => {
    const long = 'x'.repeat(1_000_000);
    const principal = { id: long, role: 'viewer' as const, provider: long };
    const record = auditRecord(
      facts({ principal, address: long, accepted: { device: long }, recorded: ['device'] }),
    );
    expect(JSON.stringify(record).length).to.be.lessThan(1_500);
  });

  it('never has a secret: a method that would record one cannot be declared', () => {
    const declare = (params: ReturnType<typeof s.object>, name: string) => () =>
      defineMethod({
        name: 'leak',
        summary: 'Leaks.',
        role: 'none',
        params,
        result: s.any(),
        errors: [],
        timeoutMs: 1,
        audited: [name as never],
        handler: () => Promise.resolve(undefined),
      });
    expect(declare(s.object({ key: s.secret() }), 'key')).to.throw(TypeError, 'key cannot be recorded');
    expect(declare(s.object({ key: s.optional(s.secret()) }), 'key')).to.throw(TypeError);
    expect(declare(s.object({ key: s.nullable(s.secret()) }), 'key')).to.throw(TypeError);
    expect(declare(s.object({ key: s.any() }), 'key')).to.throw(TypeError);
    expect(declare(s.object({}), 'key')).to.throw(TypeError);
  });

  it('of every method names declared parameters only, and no credential', () => {
    for (const { name, recorded, params, audited } of METHODS) {
      expect(audited || recorded.length === 0, name).to.equal(true);
      expect(Object.keys(params.properties), name).to.include.members([...recorded]);
      expect(recorded, name).not.to.include('auth_token');
    }
  });
});

describe('the audit trail', () => {
  const clock = createManualClock();
  let log = createMemoryLogger();
  let memory = createMemoryAuditLog();
  let metrics = createMemoryMetricsSink();
  let board = new HealthBoard({ clock, log });
  let trail: AuditTrail;

  const build = (kept: AuditLog = memory): AuditTrail =>
    new AuditTrail({ trail: kept, board, clock, log, metrics });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const health = () => board.report().components['audit-log'];
  beforeEach(async () => {
    log = createMemoryLogger();
    memory = createMemoryAuditLog();
    metrics = createMemoryMetricsSink();
    metrics.declare(CATALOGUE);
    board = new HealthBoard({ clock, log });
    trail = build();
    await trail.start(never);
  });
  afterEach(() => trail.stop(never));

  it('keeps what was granted and what was refused', async () => {
    trail.record(facts());
    trail.record(facts({ outcome: 'AUTH_REQUIRED' }));
    await settled();
    expect(memory.entries().map(({ outcome }) => outcome)).to.deep.equal(['ok', 'AUTH_REQUIRED']);
    expect(health()?.state).to.equal('ok');
  });

  it('counts a flood of refusals instead of letting it push everything else out', async () => {
    for (let n = 0; n < 5000; n++) trail.record(facts({ outcome: 'AUTH_REQUIRED' }));
    trail.record(facts({ outcome: 'AUTH_REQUIRED', address: '192.0.2.2' }));
    await settled();
    expect(memory.entries()).to.have.length(2);
    await clock.advance(60_000);
    await settled();
    expect(memory.entries()).to.have.length(3);
    expect(memory.entries()[2]).to.include({ repeated: 4999, address: '192.0.2.1' });
    trail.record(facts({ outcome: 'AUTH_REQUIRED' }));
    await settled();
    expect(memory.entries()).to.have.length(4);
  });

  it('stays small when the flood comes from ever new addresses', async () => {
    for (let n = 0; n < 20_000; n++)
      trail.record(facts({ outcome: 'AUTH_REQUIRED', address: `2001:db8::${n.toString(16)}` }));
    await settled();
    expect(memory.entries().length).to.be.at.most(1001);
    await trail.stop(never);
    expect(memory.entries().at(-1)).to.include({ repeated: 18_999, address: 'various addresses' });
  });

  it('keeps every refusal that says what it was about', async () => {
    for (const filename of ['a.mp4', 'b.mp4'])
      trail.record(facts({ outcome: 'FILE_NOT_FOUND', accepted: { filename }, recorded: ['filename'] }));
    await settled();
    expect(memory.entries().map(({ params }) => params?.['filename'])).to.deep.equal(['a.mp4', 'b.mp4']);
  });

  it('says in health, log, metrics and the next entry that entries were lost', async () => {
    memory.fail(true);
    for (const method of ['a', 'b']) trail.record(facts({ method }));
    await settled();
    expect(health()).to.include({ state: 'degraded', reason: 'STORAGE_FULL' });
    expect(log.lines().filter(({ level }) => level === 'error')).to.have.length(1);
    expect((await metrics.expose()).text).to.match(/camera_service_audit_entries_lost_total\D* 2/);
    memory.fail(false);
    trail.record(facts({ method: 'c' }));
    await settled();
    expect(memory.entries()).to.have.length(1);
    expect(memory.entries()[0]).to.include({ method: 'c', lost_before: 2 });
    expect(health()?.state).to.equal('ok');
  });

  it('neither throws nor grows when the adapter breaks its promises', async () => {
    const kinds: AuditLog['append'][] = [
      () => {
        throw new Error('thrown');
      },
      () => new Promise(() => undefined),
    ];
    for (const append of kinds) {
      const broken = build({ ...memory, append });
      await broken.start(never);
      for (let n = 0; n < 1500; n++) broken.record(facts());
      await settled();
      expect(health()?.state).to.equal('degraded');
    }
  });

  it('does not stop the service when the log cannot be opened', async () => {
    const start = (): Promise<void> => Promise.reject(new Error('no folder'));
    await build({ ...memory, start }).start(never);
    expect(health()?.state).to.equal('degraded');
  });
});
