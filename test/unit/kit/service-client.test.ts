import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { connectService, ServiceCallError, type ServiceClient } from '../../../plugins/kit/index.js';
import { isPortError } from '../../../ports/index.js';
import { testEndpoint, testParts } from '../../testing/index.js';

const never = (): AbortSignal => new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const parts = testParts();
after(() => parts.remove());

describe('the client of the service for plugins', () => {
  const setUp = (credential = 'key') => {
    const endpoint = testEndpoint({ credential: 'key', answers: { ping: () => 'pong' } });
    const clock = createManualClock();
    const heard: string[] = [];
    let returns = 0;
    const client = connectService(
      {
        ...{ rpc: endpoint.service.rpc, transport: 'test', credential, topics: ['camera.*'], clock },
        log: parts.log,
        onEvent: ({ topic }) => heard.push(topic),
        onReturn: () => (returns += 1),
      },
      never(),
    );
    return { client, endpoint, clock, heard, returned: () => returns };
  };
  const codeOf = (call: Promise<unknown>): Promise<unknown> =>
    call.catch((cause: unknown) => (cause instanceof ServiceCallError ? cause.code : cause));

  it('hears events and calls methods', async () => {
    const { client, endpoint, heard } = setUp();
    const connected: ServiceClient = await client;
    endpoint.emit('camera.connected');
    expect(heard).to.deep.equal(['camera.connected']);
    expect(await connected.call('ping')).to.equal('pong');
    expect(await codeOf(connected.call('unknown'))).to.equal('METHOD_NOT_FOUND');
    connected.close();
    endpoint.emit('camera.connected');
    expect(heard).to.have.lengthOf(1);
  });

  it('is refused with a credential that the service does not know', async () => {
    const error: unknown = await setUp('wrong').client.catch((cause: unknown) => cause);
    expect(isPortError(error, 'CREDENTIALS_REFUSED'), String(error)).to.equal(true);
  });

  it('logs in again when a revoked credential is accepted again, and says so', async () => {
    const { client, endpoint, clock, heard, returned } = setUp();
    const connected = await client;
    for (const [isRevoked, expected] of [
      [true, 0],
      [true, 0],
      [false, 1],
    ] as const) {
      endpoint.revoke(isRevoked);
      await clock.advance(30_000);
      for (let turns = 0; turns < 5; turns += 1) await turn();
      expect(returned()).to.equal(expected);
    }
    endpoint.emit('camera.connected');
    expect(heard).to.deep.equal(['camera.connected']);
    connected.close();
  });
});
