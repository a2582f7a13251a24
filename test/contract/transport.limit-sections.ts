/** The section of the transport contract for what one client may ask of the service at most. */
import { expect } from 'chai';
import type { ScriptedService } from './transport.service.js';
import type { TestClient, TransportSetting, When } from './transport.world.js';
import { before, eventually } from './outcome.js';
import { describe } from './runner.contract.js';

interface Scene {
  readonly setting: TransportSetting;
  readonly service: ScriptedService;
}

/** More than the system's own buffers between two ends of a connection take. */
const FLOOD = { notifications: 64, bytesEach: 1024 * 1024 };
/** Room for all of a message that is not its text. */
const ENVELOPE_BYTES = 512;

/** @param withinMs bound of what is waited for. */
export function limitSection(when: When, scene: () => Scene, withinMs: number): void {
  const connected = async (): Promise<Scene & { readonly client: TestClient }> => {
    const { setting, service } = scene();
    await setting.transport.start(service, new AbortController().signal);
    return { setting, service, client: await setting.connect() };
  };
  /** Whether the client is told or disconnected: both will do. */
  const isRefused = (client: TestClient, text: string): Promise<boolean> => {
    const told = client.call('echo', { text }).then(
      ({ error }) => error !== undefined,
      () => true,
    );
    return before(Promise.race([told, client.closed.then(() => true)]), withinMs);
  };

  describe('limits', () => {
    when('calls', '[message-room] accepts a message of the maximum size', async () => {
      const { service, client } = await connected();
      const params = { text: 'x'.repeat(service.rpc.limits.messageBytes - ENVELOPE_BYTES) };
      expect((await client.call('echo', params)).result).to.deep.equal(params);
    });
    when('calls', '[message-size] does not run the call in a message that is too large', async () => {
      const { setting, service, client } = await connected();
      const { messageBytes } = service.rpc.limits;
      expect(await isRefused(client, 'x'.repeat(messageBytes)), 'told or disconnected').to.equal(true);
      const other = await setting.connect();
      const inBytes = '☃'.repeat(Math.ceil(messageBytes / 2));
      expect(await isRefused(other, inBytes), 'counted in bytes, not in characters').to.equal(true);
      expect(service.calls, 'calls that were run').to.deep.equal([]);
      const third = await setting.connect();
      expect((await third.call('echo', {})).result, 'others are served').to.deep.equal({});
    });
    when(
      'events',
      '[outbound-room] keeps unsent data within the limit until the client reads it',
      async () => {
        const { service, client } = await connected();
        const heard: unknown[] = [];
        client.onNotification(({ params }) => heard.push((params as { sequence: number }).sequence));
        const text = 'x'.repeat(service.rpc.limits.outboundBytes / 64);
        const sent = Array.from({ length: 48 }, (_unused, sequence) => sequence);
        for (const sequence of sent)
          service.sessions[0]?.notify({ method: 'camera.connected', params: { sequence, text } });
        await client.call('echo', {});
        await eventually(() => heard.length >= sent.length, 'all that was sent', withinMs);
        expect(heard).to.deep.equal(sent);
      },
    );
    when(
      'events',
      '[outbound-reads] keeps a client that reads, however much it receives in total',
      async () => {
        const { service, client } = await connected();
        let heard = 0;
        client.onNotification(() => (heard += 1));
        const text = 'x'.repeat(service.rpc.limits.outboundBytes / 4);
        for (let sequence = 1; sequence <= 12; sequence += 1) {
          service.sessions[0]?.notify({ method: 'camera.connected', params: { sequence, text } });
          await eventually(() => heard === sequence, 'the notification', withinMs);
        }
        expect((await client.call('echo', {})).result).to.deep.equal({});
      },
    );
    when('events', '[outbound] disconnects a client with too much unsent data', async () => {
      const { setting, service, client } = await connected();
      const other = await setting.connect();
      client.onNotification(() => undefined);
      const params = { text: 'x'.repeat(FLOOD.bytesEach) };
      const notification = { method: 'camera.connected', params };
      // In one turn of the event loop, so that nobody can read meanwhile.
      for (let sent = 0; sent < FLOOD.notifications; sent += 1) service.sessions[0]?.notify(notification);
      await before(client.closed, withinMs);
      await eventually(() => service.sessions[0]?.isClosed === true, 'the end of its session', withinMs);
      expect((await other.call('echo', {})).result, 'others are served').to.deep.equal({});
    });
  });
}
