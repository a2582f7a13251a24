/** What every transport promises. Sections apply by what a transport says it supports. */
import { expect } from 'chai';
import { addressRealm, type Peer } from '../../ports/index.js';
import { fileSection, healthSection } from './transport.http-sections.js';
import { limitSection } from './transport.limit-sections.js';
import { ScriptedService } from './transport.service.js';
import type { TestClient, TransportSetting, TransportWorld, When } from './transport.world.js';
import { wireSections } from './transport.wire-sections.js';
import { eventually, failure } from './outcome.js';
import { lifecycleTrait } from './lifecycle.trait.js';
import { afterEach, beforeEach, contractSuite, describe, it } from './runner.contract.js';

const never = (): AbortSignal => new AbortController().signal;

export type {
  RawTestClient,
  TestAnswer,
  TestClient,
  TestHttpAnswer,
  TestHttpRequest,
  TransportSetting,
  TransportWorld,
} from './transport.world.js';

/** Registers the contract of a transport. */
export const transportContract = contractSuite((name, world: TransportWorld) => {
  describe(`Transport: ${name}`, () => {
    let setting: TransportSetting;
    let service: ScriptedService;
    const started = (): Promise<void> => setting.transport.start(service, never());

    beforeEach(async () => {
      setting = await world.create();
      service = new ScriptedService();
    });
    afterEach(async () => {
      service.release();
      await setting.transport.stop(AbortSignal.abort());
      await setting.dispose();
    });

    const when: When = (ability, title, body) => {
      if (world.supports[ability]) it(title, body);
    };
    const soon = (isTrue: () => boolean, what: string): Promise<void> =>
      eventually(isTrue, what, world.withinMs);

    lifecycleTrait(async () => {
      const { transport } = setting;
      return {
        start: (signal) => transport.start(service, signal),
        stop: (signal) => transport.stop(signal),
        isUp: () => transport.addresses().length > 0,
      };
    }, world.withinMs);

    describe('life of a transport', () => {
      it('[stop-without-start] can be stopped without a start, and repeatedly', async () => {
        await setting.transport.stop(never());
        await setting.transport.stop(never());
      });
      it('[start-aborted] refuses to start if already aborted', async () => {
        const reason = new Error('not wanted');
        const error = await failure(setting.transport.start(service, AbortSignal.abort(reason)));
        expect(error).to.equal(reason);
      });
      it('[addresses] reports its addresses from start to stop', async () => {
        expect(setting.transport.addresses()).to.deep.equal([]);
        await started();
        expect(setting.transport.addresses()).to.have.length.above(0);
        for (const address of setting.transport.addresses())
          expect(address).to.be.a('string').that.is.not.equal('');
        await setting.transport.stop(never());
        expect(setting.transport.addresses()).to.deep.equal([]);
      });
      it('[supports] declares what it supports', () => {
        const { supports } = setting.transport;
        expect(supports).to.deep.equal(world.supports);
        expect(supports).to.have.all.keys('calls', 'events', 'files', 'health', 'jsonRpc', 'batches');
        expect(supports.calls || !supports.jsonRpc, 'jsonRpc is a way to call').to.equal(true);
        expect(supports.jsonRpc || !supports.batches, 'a batch is a JSON-RPC message').to.equal(true);
      });
    });

    describe('calls', () => {
      when('calls', '[call] passes on the parameters and returns the result', async () => {
        await started();
        const client = await setting.connect();
        const params = { text: 'ä☃𝄞"\\', deep: { list: [1, 2.5, null, true] } };
        expect((await client.call('echo', params)).result).to.deep.equal(params);
        expect(service.calls[0]).to.deep.equal({ method: 'echo', params });
      });
      when('calls', '[no-params] leaves absent parameters absent', async () => {
        await started();
        const client = await setting.connect();
        await client.call('nothing');
        expect(service.calls[0]?.params).to.equal(undefined);
      });
      when('calls', '[null-result] returns null for an undefined result', async () => {
        await started();
        const client = await setting.connect();
        expect((await client.call('nothing')).result).to.equal(null);
      });
      when('calls', '[failure] returns a failure with its code, message and data', async () => {
        await started();
        const client = await setting.connect();
        const { error } = await client.call('refuse');
        expect(error).to.deep.include({ code: -32004, message: 'failed: RECORDING_IN_PROGRESS' });
        expect(error?.data).to.deep.include({ code: 'RECORDING_IN_PROGRESS', request_id: 'req-1' });
      });
      when('calls', '[metadata] returns metadata with the result', async () => {
        await started();
        const client = await setting.connect();
        expect((await client.call('with-metadata')).metadata).to.deep.equal({ request_id: 'r1' });
      });
      when('calls', '[no-leak] answers INTERNAL without the message of an inner error', async () => {
        await started();
        const client = await setting.connect();
        const answer = await client.call('throw');
        expect(answer.error?.code).to.equal(-32603);
        expect(JSON.stringify(answer)).not.to.contain('secret');
        expect((await client.call('echo', { still: 'alive' })).result).to.deep.equal({ still: 'alive' });
      });
      when('calls', '[concurrent] answers each call as soon as it is finished, not in order', async () => {
        await started();
        const client = await setting.connect();
        const held = client.call('hold');
        expect((await client.call('echo', { a: 1 })).result).to.deep.equal({ a: 1 });
        service.release();
        expect((await held).result).to.equal('released');
      });
      when('calls', '[order] passes on calls in the order in which they arrive', async () => {
        await started();
        const client = await setting.connect();
        const { inFlight } = service.rpc.limits;
        const order = Array.from({ length: inFlight }, (_unused, n) => n);
        await Promise.all(order.map((n) => client.call(n === 0 ? 'hesitate' : 'echo', { n })));
        expect(service.calls.map(({ params }) => (params as { n: number }).n)).to.deep.equal(order);
      });
      when('calls', '[login-order] runs a call after the login that precedes it', async () => {
        await started();
        const client = await setting.connect();
        const asked = [
          client.call('who'),
          client.call('authenticate', { auth_token: 'x' }),
          client.call('who'),
        ];
        const answers = await Promise.all(asked);
        expect(answers.map(({ result }) => result)).to.deep.equal(['nobody', true, 'somebody']);
      });
      when('calls', '[in-flight] refuses more concurrent calls than allowed', async () => {
        await started();
        const client = await setting.connect();
        const held = Array.from({ length: service.rpc.limits.inFlight }, () => client.call('hold'));
        await soon(() => service.heldCalls === held.length, 'all calls arrive');
        const refused = await client.call('echo', {});
        expect(refused.error?.data).to.deep.include({ code: 'RATE_LIMITED' });
        service.release();
        for (const answer of await Promise.all(held)) expect(answer.result).to.equal('released');
        expect((await client.call('echo', {})).result).to.deep.equal({});
      });
      when(
        'calls',
        '[session-per-client] opens one session per client and closes it when the client leaves',
        async () => {
          await started();
          const [first] = [await setting.connect(), await setting.connect()];
          expect(service.sessions).to.have.lengthOf(2);
          first.close();
          await soon(() => service.sessions.some((session) => session.isClosed), 'the session is closed');
          expect(service.sessions.filter((session) => session.isClosed)).to.have.lengthOf(1);
        },
      );
      when('calls', '[gone-aborts] aborts the signal of calls when their client disconnects', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold').catch(() => undefined);
        await soon(() => service.heldCalls === 1, 'the call arrives');
        client.close();
        await soon(() => service.abortedCalls === 1, 'the signal aborts');
        await running;
      });
      when('calls', '[peer] reports the peer and its credential', async () => {
        await started();
        await setting.connect('key-1');
        const peer = service.sessions[0]?.peer as Peer;
        expect(peer.transport).to.equal(setting.transport.name);
        expect(peer.credential).to.equal('key-1');
      });
      when(
        'calls',
        '[peer-address] reports an IP address, or a text that begins with its name, or no address',
        async () => {
          await started();
          await setting.connect();
          const { address } = service.sessions[0]?.peer as Peer;
          const { name: own } = setting.transport;
          const isFact =
            address === undefined ||
            addressRealm(address) === undefined ||
            (address.startsWith(`${own}:`) && address !== `${own}:`);
          expect(isFact, `address ${String(address)}`).to.equal(true);
        },
      );
      when('calls', '[open-throws] survives a session that cannot be opened', async () => {
        const { open } = service.rpc;
        const broken = {
          ...service.rpc,
          open: () => {
            throw new Error('no');
          },
        };
        let isBroken = true;
        const rpc = {
          ...service.rpc,
          open: (...args: Parameters<typeof open>) => (isBroken ? broken.open() : open(...args)),
        };
        await setting.transport.start({ rpc, files: service.files, health: service.health }, never());
        const isTold = ({ call, closed }: TestClient): Promise<unknown> =>
          Promise.race([closed, call('echo', {}).then(({ error }) => error)]);
        const lost = await setting.connect().then(isTold, () => 'refused');
        expect(lost, 'refused, disconnected or told').not.to.equal(undefined);
        isBroken = false;
        const client = await setting.connect();
        expect((await client.call('echo', {})).result).to.deep.equal({});
      });
    });

    describe('events', () => {
      when('events', '[notify] delivers notifications in order and to the right client', async () => {
        await started();
        const [first, second] = [await setting.connect(), await setting.connect()];
        const heard: unknown[] = [];
        const others: unknown[] = [];
        first.onNotification((notification) => heard.push(notification));
        second.onNotification((notification) => others.push(notification));
        const sent = [1, 2, 3].map((sequence) => ({ method: 'camera.connected', params: { sequence } }));
        for (const notification of sent) service.sessions[0]?.notify(notification);
        await soon(() => heard.length === 3, 'three notifications');
        expect(heard.map((one) => plain(one))).to.deep.equal(sent);
        expect(others).to.deep.equal([]);
      });
      when('events', '[notify-late] ignores notifications for disconnected clients', async () => {
        await started();
        const client = await setting.connect();
        client.close();
        await soon(() => service.sessions[0]?.isClosed === true, 'the session is closed');
        service.sessions[0]?.notify({ method: 'camera.connected', params: {} });
      });
    });

    describe('stop', () => {
      when('calls', '[stop-drains] lets running calls finish', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold');
        await soon(() => service.heldCalls === 1, 'the call arrives');
        const stopped = setting.transport.stop(never());
        // Time for a transport that does not wait to cut the call.
        await new Promise((resolve) => setTimeout(resolve, 20));
        service.release();
        expect((await running).result).to.equal('released');
        await stopped;
        await client.closed;
      });
      when('calls', '[stop-refuses] refuses new clients and calls while stopping', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold');
        await soon(() => service.heldCalls === 1, 'the call arrives');
        const stopped = setting.transport.stop(never());
        const before = service.calls.length;
        const late = await client.call('echo', {});
        expect(late.error?.data).to.deep.include({ code: 'INVALID_STATE' });
        expect(service.calls).to.have.lengthOf(before);
        expect(await failure(setting.connect())).to.be.instanceOf(Error);
        service.release();
        await running;
        await stopped;
      });
      when('calls', '[stop-aborted] stops immediately when the time is used up', async () => {
        await started();
        const client = await setting.connect();
        const running = client.call('hold').catch(() => undefined);
        await soon(() => service.heldCalls === 1, 'the call arrives');
        await setting.transport.stop(AbortSignal.abort());
        await running;
        await client.closed;
        expect(service.sessions[0]?.isClosed).to.equal(true);
      });
      when(
        'calls',
        '[stop-cuts] closes everything if the time is used up while it waits for calls',
        async () => {
          await started();
          const client = await setting.connect();
          const running = client.call('hold').catch(() => undefined);
          await soon(() => service.heldCalls === 1, 'the call arrives');
          const time = new AbortController();
          let isStopped = false;
          const stopped = setting.transport.stop(time.signal).then(() => (isStopped = true));
          time.abort();
          await soon(() => isStopped, 'the stop ends');
          await stopped;
          await running;
          await client.closed;
          expect(service.sessions[0]?.isClosed).to.equal(true);
        },
      );
      when('calls', '[restart] can be started again', async () => {
        await started();
        await setting.transport.stop(never());
        await started();
        const client = await setting.connect();
        expect((await client.call('echo', {})).result).to.deep.equal({});
      });
    });

    limitSection(when, () => ({ setting, service }), world.withinMs);
    wireSections(world.supports, () => ({ setting, service }), world.withinMs);
    fileSection(when, () => ({ setting, service }));
    healthSection(when, () => ({ setting, service }));
  });
});

function plain(value: unknown): unknown {
  const { method, params } = value as { method: unknown; params: unknown };
  return { method, params };
}
