/** The plugin in the running service: what happens to a camera arrives at the endpoint. */
import { expect } from 'chai';
import { startService, until } from 'mediamtx-camera-service/testing';
import { SECRET, startReceiver } from './receiver.js';

const WITHIN_MS = 30_000;

it('posts the events of a recording and of a snapshot', async () => {
  const receiver = await startReceiver();
  const topics = ['recording.start', 'recording.stop', 'snapshot.*'];
  const endpoints = [{ name: 'main', url: receiver.url, secret: SECRET, topics, devices: ['camera0'] }];
  const service = await startService({
    plugins: ['.'],
    credentials: { 'Transport/webhooks.api_key': 'viewer' },
    set: {
      'adapters.transport': 'ws-jsonrpc,http-files,http-health,webhooks',
      'Transport/webhooks.endpoints': JSON.stringify(endpoints),
    },
  });
  try {
    await service.call('take_snapshot', { device: 'camera0' });
    await service.call('start_recording', { device: 'camera0' });
    await service.call('stop_recording', { device: 'camera0' });
    await until('three events', () => receiver.received.length === 3, WITHIN_MS);
    expect(receiver.received.map(({ event }) => event.type)).to.deep.equal([
      'snapshot.taken',
      'recording.start',
      'recording.stop',
    ]);
    for (const { event } of receiver.received) expect(event.data).to.include({ device: 'camera0' });
    expect(receiver.forged).to.deep.equal([]);
    expect(service.output()).not.to.include(SECRET);
  } finally {
    await service.stop();
    await receiver.close();
  }
});
