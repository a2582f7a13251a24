import { expect } from 'chai';
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { defineMethod } from '../../../core/rpc/define-method.js';
import { authenticate } from '../../../core/rpc/methods/authenticate.js';
import { s } from '../../../core/validation/schema.js';
import { PortError, type Principal } from '../../../ports/index.js';
import { failure } from '../../contract/outcome.js';
import { codeOf, createRpcWorld, dataOf, TOKENS } from './world.js';

const anyone = {
  params: s.object({}),
  result: s.any(),
  errors: [],
  timeoutMs: 1000,
  audited: false,
} as const;

const whoAmI = defineMethod({
  ...anyone,
  name: 'who_am_i',
  summary: 'Tells who calls.',
  role: 'viewer',
  handler: (_params, { principal }) => Promise.resolve(principal.id),
});

function failing(cause: unknown) {
  return defineMethod({
    ...anyone,
    name: 'fail',
    summary: 'Fails.',
    role: 'viewer',
    audited: ['device'],
    params: s.object({ device: s.optional(s.cameraId()) }),
    handler: () => Promise.reject(cause),
  });
}

describe('dispatch', () => {
  it('answers METHOD_NOT_FOUND to anybody, also for names of object members', async () => {
    const world = await createRpcWorld();
    for (const name of ['nope', '__proto__', 'constructor', 'toString', '']) {
      expect(codeOf(await world.connect().call(name))).to.equal('METHOD_NOT_FOUND');
    }
  });

  it('takes the credential shown while connecting', async () => {
    const world = await createRpcWorld({ methods: [whoAmI] });
    const outcome = await world.connect({ credential: TOKENS.viewer }).call('who_am_i');
    expect(outcome).to.deep.equal({ ok: true, result: 'vera' });
  });

  it('says why the credential shown while connecting is refused', async () => {
    const world = await createRpcWorld({ methods: [whoAmI] });
    const outcome = await world.connect({ credential: 'wrong' }).call('who_am_i');
    expect(codeOf(outcome)).to.equal('AUTH_FAILED');
  });

  it('takes an auth_token with any request, for this request alone', async () => {
    const world = await createRpcWorld({ methods: [whoAmI] });
    const client = world.connect();
    const outcome = await client.call('who_am_i', { auth_token: TOKENS.operator });
    expect(outcome).to.deep.equal({ ok: true, result: 'otto' });
    expect(codeOf(await client.call('who_am_i'))).to.equal('AUTH_REQUIRED');
    expect(codeOf(await client.call('who_am_i', { auth_token: 7 }))).to.equal('INVALID_PARAMS');
    expect(codeOf(await client.call('who_am_i', { auth_token: 'x' }))).to.equal('AUTH_FAILED');
  });

  it('notices the end of a credential per call and keeps the connection usable', async () => {
    const world = await createRpcWorld();
    const client = world.connect();
    await client.call('authenticate', { auth_token: TOKENS.brief });
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('ok');
    await world.clock.advance(60_000);
    const late = await client.call('get_subscription_stats');
    expect(codeOf(late)).to.equal('TOKEN_EXPIRED');
    expect(dataOf(late)['reason']).to.equal('token_expired');
    expect(codeOf(await client.call('ping'))).to.equal('ok');
    await client.call('authenticate', { auth_token: TOKENS.viewer });
    expect(codeOf(await client.call('get_subscription_stats'))).to.equal('ok');
  });

  it('logs nobody in of whom it cannot tell the role or the end', async () => {
    for (const odd of [{ expiresAt: 9e15 }, { expiresAt: NaN }, { role: 'root' }]) {
      const provider = createMemoryAuthProvider(
        { fixed: new Map([['odd', { id: 'olga', role: 'admin', ...odd } as Principal]]) },
        { clock: createManualClock() },
      );
      const client = (await createRpcWorld({ provider })).connect();
      expect(codeOf(await client.call('authenticate', { auth_token: 'odd' }))).to.equal('AUTH_FAILED');
      expect(client.session.isAuthenticated).to.equal(false);
    }
  });

  it('logs in as the last thing, when the answer is there', async () => {
    const done: string[] = [];
    const parts = {
      auth: { login: () => Promise.resolve({ id: 'ada', role: 'admin', provider: 'one' }) },
      api: {
        permissions: (): never => {
          throw new Error('it cannot be told');
        },
      },
    };
    const call = { session: { become: () => done.push('become') }, peer: { address: 'a' } };
    const handle = authenticate.run as (params: object, call: object, parts: object) => Promise<unknown>;
    expect(await failure(handle({ auth_token: 'x' }, call, parts))).to.have.property(
      'message',
      'it cannot be told',
    );
    expect(done).to.deep.equal([]);
  });

  it('hands a method the parts that it names, and no others', async () => {
    const seen: object[] = [];
    const method = defineMethod({
      name: 'look_around',
      summary: 'Looks at what it was handed.',
      role: 'none',
      params: s.object({}),
      result: s.bool(),
      errors: [],
      timeoutMs: 1000,
      audited: false,
      needs: ['files'],
      uses: ['auth'],
      handler: async (_params, _call, parts) => seen.push(parts) > 0,
    });
    const world = await createRpcWorld({ methods: [method] });
    expect(codeOf(await world.connect().call('look_around'))).to.equal('ok');
    expect(Object.keys(seen[0] ?? {})).to.deep.equal(['files', 'auth']);
    expect(seen[0]).to.be.frozen;
  });

  it('authenticates with role, permissions and end', async () => {
    const world = await createRpcWorld();
    const client = world.connect();
    const outcome = await client.call('authenticate', { auth_token: TOKENS.brief, metadata: true });
    const result = outcome.ok ? (outcome.result as Record<string, unknown>) : {};
    expect(result).to.include({ authenticated: true, role: 'viewer', session_id: client.session.id });
    expect(result['permissions']).to.include('subscribe_events');
    expect(result['expires_at']).to.equal('2026-01-01T00:01:00.000Z');
    const next = await client.call('ping');
    expect(next.ok && next.metadata).to.have.keys('processing_time_ms', 'server_timestamp', 'request_id');
  });

  it('refuses positional and primitive params', async () => {
    const world = await createRpcWorld();
    for (const params of [[], [1], 'x', 1, null]) {
      expect(dataOf(await world.connect().call('ping', params))).to.include({ param: 'params' });
    }
  });

  it('refuses a field named __proto__', async () => {
    const world = await createRpcWorld();
    const outcome = await world.connect().call('ping', JSON.parse('{"__proto__": {"x": 1}}'));
    expect(dataOf(outcome)).to.include({ param: '__proto__', rule: 'unknown' });
  });

  it('hides what an unknown error says, and logs it under the request id', async () => {
    const world = await createRpcWorld({ methods: [failing(new Error('secret /etc/path'))] });
    const outcome = await world.connect({ credential: TOKENS.viewer }).call('fail');
    expect(dataOf(outcome)).to.have.all.keys('code', 'request_id');
    expect(JSON.stringify(outcome)).not.to.contain('secret');
    const line = world.log.lines().find((one) => one.level === 'error');
    expect(line?.fields).to.include({ request_id: dataOf(outcome)['request_id'] });
  });

  it('translates a port error with what the call was about', async () => {
    const busy = new PortError('DEVICE_BUSY', { message: '/dev/video0', detail: { holder: 'zoom' } });
    const world = await createRpcWorld({ methods: [failing(busy)] });
    const outcome = await world.connect({ credential: TOKENS.viewer }).call('fail', { device: 'camera0' });
    expect(dataOf(outcome)).to.include({ code: 'DEVICE_BUSY', device: 'camera0', holder: 'zoom' });
    expect(JSON.stringify(outcome)).not.to.contain('/dev/');
  });

  it('ends a call at its deadline and tells the handler', async () => {
    let reason: unknown;
    const slow = defineMethod({
      ...anyone,
      name: 'slow',
      summary: 'Waits.',
      role: 'none',
      handler: (_params, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject((reason = signal.reason) as Error));
        }),
    });
    const world = await createRpcWorld({ methods: [slow] });
    const pending = world.connect().call('slow');
    await world.clock.advance(1000);
    expect(dataOf(await pending)).to.include({
      code: 'DEPENDENCY_FAILED',
      dependency: 'service',
      detail: 'deadline of 1000 ms exceeded',
    });
    expect(reason).to.have.property('code', 'DEPENDENCY_FAILED');
  });

  it('aborts the handler when the client goes, and leaves no timer once the deadline would have come', async () => {
    const waiting = defineMethod({
      ...anyone,
      name: 'wait',
      summary: 'Waits.',
      role: 'none',
      handler: (_params, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    });
    const world = await createRpcWorld({ methods: [waiting] });
    const client = world.connect();
    const pending = client.call('wait');
    client.gone.abort();
    expect(codeOf(await pending)).to.equal('INTERNAL');
    expect(world.log.lines().filter((line) => line.level === 'error')).to.deep.equal([]);
    await world.clock.advance(waiting.timeoutMs);
    expect(world.clock.pending).to.equal(0);
  });

  it('says that a part is still starting, after the checks of who and what', async () => {
    const needy = defineMethod({
      ...anyone,
      name: 'needy',
      summary: 'Needs cameras.',
      role: 'viewer',
      needs: ['cameras'],
      handler: () => Promise.resolve(1),
    });
    const world = await createRpcWorld({ methods: [needy] });
    world.notReady.add('cameras');
    const client = world.connect({ credential: TOKENS.viewer });
    expect(dataOf(await client.call('needy'))).to.deep.include({
      code: 'INVALID_STATE',
      state: 'starting',
      allowed_states: ['ready'],
    });
    expect(codeOf(await client.call('needy', { x: 1 }))).to.equal('INVALID_PARAMS');
    expect(codeOf(await world.connect().call('needy'))).to.equal('AUTH_REQUIRED');
    world.notReady.clear();
    expect(codeOf(await client.call('needy'))).to.equal('ok');
  });

  it('refuses a result that is not as declared', async () => {
    const lying = defineMethod({
      ...anyone,
      name: 'lie',
      summary: 'Lies.',
      role: 'none',
      result: s.object({ count: s.int() }),
      handler: () => Promise.resolve({ count: 1.5 }),
    });
    const world = await createRpcWorld({ methods: [lying] });
    expect(codeOf(await world.connect().call('lie'))).to.equal('INTERNAL');
    expect(JSON.stringify(world.log.lines().at(-1)?.message)).to.contain('call failed');
  });

  it('audits without secrets, under the one who came in', async () => {
    const world = await createRpcWorld();
    await world.connect().call('authenticate', { auth_token: TOKENS.operator });
    await world.connect().call('authenticate', { auth_token: 'guess' });
    expect(world.audit.map((entry) => entry.outcome)).to.deep.equal(['ok', 'AUTH_FAILED']);
    expect(world.audit[0]).to.include({ principal: 'otto', role: 'operator', address: '192.0.2.1' });
    expect(world.audit[1]).not.to.have.property('principal');
    expect(JSON.stringify(world.audit)).not.to.contain(TOKENS.operator).and.not.to.contain('guess');
  });

  it('audits the credential shown while connecting, granted or refused', async () => {
    const world = await createRpcWorld();
    await world.connect({ credential: TOKENS.viewer }).call('ping');
    await world.connect({ credential: 'guess' }).call('ping');
    // It is decided in the background: `ping` does not wait for it.
    while (world.audit.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(
      world.audit.map(({ kind, method, outcome, principal }) => [kind, method, outcome, principal]),
    ).to.deep.equal([
      ['login', 'connect', 'ok', 'vera'],
      ['login', 'connect', 'AUTH_FAILED', undefined],
    ]);
  });

  it('audits parameters that were accepted and declared, and nothing of a refused call', async () => {
    const secret = '?key'.repeat(2000);
    const world = await createRpcWorld({ methods: [failing(new PortError('DEVICE_GONE'))] });
    const client = world.connect();
    await client.call('fail', { device: 'camera0', [secret]: secret });
    await client.call('fail', { auth_token: TOKENS.viewer, device: secret });
    await client.call('fail', { auth_token: TOKENS.viewer, device: 'camera0' });
    const calls = world.audit.map(({ outcome, params }) => [outcome, params]);
    expect(calls).to.deep.equal([
      ['AUTH_REQUIRED', undefined],
      ['INVALID_PARAMS', undefined],
      ['INVALID_STATE', { device: 'camera0' }],
    ]);
  });

  it('refuses a table with one name twice', async () => {
    const error = await createRpcWorld({ methods: [whoAmI, whoAmI] }).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(TypeError);
  });
});
