import { expect } from 'chai';
import { TopicTable } from '../../../core/events/topic-table.js';
import { payloadCheck, TOPIC_NAMES, topicSpec } from '../../../core/events/topics.js';
import type { Notification } from '../../../ports/index.js';
import { codeOf, createRpcWorld, dataOf, TOKENS, type Connection, type RpcWorld } from '../rpc/world.js';

const connected = {
  device: 'camera0',
  name: 'Camera 0',
  status: 'CONNECTED',
  source_kind: 'v4l2',
  resolution: '640x480',
  fps: 30,
  streams: { rtsp: 'r', webrtc: 'w', hls: 'h' },
};
const snapshot = { device: 'camera0', filename: 'a.jpg', file_size: 10, tier_used: 0 };
const low = { available_bytes: 1, usage_percentage: 99 };

async function login(world: RpcWorld, token: string = TOKENS.viewer): Promise<Connection> {
  const client = world.connect();
  expect(codeOf(await client.call('authenticate', { auth_token: token }))).to.equal('ok');
  return client;
}

async function subscribed(world: RpcWorld, topics: readonly string[], filters?: object): Promise<Connection> {
  const client = await login(world, TOKENS.admin);
  const params = filters === undefined ? { topics } : { topics, filters };
  expect(codeOf(await client.call('subscribe_events', params))).to.equal('ok');
  return client;
}

const methodsOf = (got: readonly Notification[]): readonly string[] => got.map((one) => one.method);

describe('events', () => {
  it('reach a subscriber of the topic with topic, timestamp and a rising sequence', async () => {
    const world = await createRpcWorld();
    const client = await subscribed(world, ['camera.connected']);
    world.hub.publish('camera.connected', connected);
    world.hub.publish('camera.connected', connected);
    world.hub.publish('snapshot.taken', snapshot);
    expect(client.got).to.have.length(2);
    expect(client.got[0]).to.deep.equal({
      method: 'camera.connected',
      params: {
        topic: 'camera.connected',
        timestamp: '2026-01-01T00:00:00.000Z',
        sequence: 1,
        ...connected,
      },
    });
    expect(client.got[1]?.params['sequence']).to.equal(2);
  });

  it('reach nobody who is not authenticated', async () => {
    const world = await createRpcWorld();
    const client = world.connect();
    world.hub.publish('camera.connected', connected);
    expect(client.got).to.deep.equal([]);
  });

  it('come under the two default aliases to who never subscribed', async () => {
    const world = await createRpcWorld();
    const client = await login(world);
    world.hub.publish('camera.connected', connected);
    world.hub.publish('recording.start', {
      device: 'camera0',
      session_id: 's',
      filename: 'a.mp4',
      format: 'fmp4',
    });
    world.hub.publish('system.health', { status: 'DEGRADED', components: {} });
    const { device, status, name, resolution, fps, streams } = connected;
    expect(client.got).to.deep.equal([
      { method: 'camera_status_update', params: { device, status, name, resolution, fps, streams } },
      {
        method: 'recording_status_update',
        params: { device: 'camera0', status: 'STARTED', filename: 'a.mp4', duration: 0 },
      },
    ]);
  });

  it('do not tell a coming or going twice under an alias', async () => {
    const world = await createRpcWorld();
    const client = await login(world);
    world.hub.publish('camera.disconnected', { device: 'camera0', name: 'a', status: 'DISCONNECTED' });
    const change = { device: 'camera0', status: 'DISCONNECTED', previous: 'CONNECTED' };
    world.hub.publish('camera.status_change', change);
    world.hub.publish('camera.status_change', { ...change, status: 'BUSY' });
    expect(client.got.map((one) => one.params['status'])).to.deep.equal(['DISCONNECTED', 'BUSY']);
  });

  it('stop coming under the defaults after the first subscription', async () => {
    const world = await createRpcWorld();
    const client = await subscribed(world, ['snapshot.taken']);
    world.hub.publish('camera.connected', connected);
    expect(client.got).to.deep.equal([]);
  });

  it('can be asked for by prefix, and come once where two names meet', async () => {
    const world = await createRpcWorld();
    const client = await subscribed(world, ['camera.*', 'camera.connected', 'camera_status_update']);
    world.hub.publish('camera.connected', connected);
    expect([...methodsOf(client.got)].sort()).to.deep.equal(['camera.connected', 'camera_status_update']);
  });

  it('follow filters of one device or a list, which leave events without a device alone', async () => {
    const world = await createRpcWorld();
    const one = await subscribed(world, ['*'], { device: 'camera1' });
    const list = await subscribed(world, ['*'], { device: ['camera0', 'camera1'] });
    world.hub.publish('snapshot.taken', snapshot);
    world.hub.publish('system.startup', { version: '1' });
    expect(methodsOf(one.got)).to.deep.equal(['system.startup']);
    expect(methodsOf(list.got)).to.deep.equal(['snapshot.taken', 'system.startup']);
  });

  it('respect camera scope, role and the end of the credential', async () => {
    const world = await createRpcWorld();
    const scoped = await login(world, TOKENS.scoped);
    await scoped.call('subscribe_events', { topics: ['*'] });
    const brief = await login(world, TOKENS.brief);
    await brief.call('subscribe_events', { topics: ['*'] });
    world.hub.publish('snapshot.taken', { ...snapshot, device: 'camera1' });
    world.hub.publish('storage.low', low);
    expect(methodsOf(scoped.got)).to.deep.equal(['storage.low']);
    expect(methodsOf(brief.got)).to.deep.equal(['snapshot.taken']);
    await world.clock.advance(60_000);
    world.hub.publish('snapshot.taken', snapshot);
    expect(brief.got).to.have.length(1);
    expect(scoped.got).to.have.length(2);
  });

  it('refuse unknown names with the list of known ones, and topics above the role', async () => {
    const world = await createRpcWorld();
    const client = await login(world);
    for (const name of ['camera', 'cam.*', 'camera.nope', '__proto__', '.*']) {
      const refused = dataOf(await client.call('subscribe_events', { topics: [name] }));
      expect(refused).to.include({ code: 'INVALID_PARAMS', param: 'topics', rule: 'unknown_topic' });
      expect(refused['hint']).to.contain('camera.*');
    }
    const denied = dataOf(await client.call('subscribe_events', { topics: ['storage.low'] }));
    expect(denied).to.include({ required_role: 'admin', have_role: 'viewer' });
    world.hub.publish('camera.connected', connected);
    expect(methodsOf(client.got)).to.deep.equal(['camera_status_update']);
  });

  it('end with unsubscribe by name, with unsubscribe of all, and with the session', async () => {
    const world = await createRpcWorld();
    const client = await subscribed(world, ['camera.*', 'snapshot.taken']);
    const some = await client.call('unsubscribe_events', { topics: ['snapshot.taken', 'storage.low'] });
    expect(some.ok && some.result).to.deep.equal({ unsubscribed: true, topics: ['snapshot.taken'] });
    const all = await client.call('unsubscribe_events', {});
    expect(all.ok && all.result).to.deep.equal({ unsubscribed: true, topics: ['camera.*'] });
    const silent = await login(world);
    await silent.call('unsubscribe_events', { topics: ['camera_status_update'] });
    const closed = await login(world);
    closed.session.close();
    closed.session.close();
    world.hub.publish('camera.connected', connected);
    expect([client.got, silent.got, closed.got]).to.deep.equal([[], [], []]);
  });

  it('are counted in the statistics', async () => {
    const world = await createRpcWorld();
    const client = await subscribed(world, ['camera.*', 'snapshot.taken']);
    await subscribed(world, ['camera.*']);
    await login(world);
    const outcome = await client.call('get_subscription_stats');
    expect(outcome.ok && outcome.result).to.deep.equal({
      global_stats: {
        total_subscriptions: 3,
        active_clients: 2,
        topic_counts: { 'camera.*': 2, 'snapshot.taken': 1 },
      },
      client_topics: ['camera.*', 'snapshot.taken'],
      client_id: client.session.id,
    });
  });

  it('are one object for all clients, told in slices and in order', async () => {
    const world = await createRpcWorld({ hub: { sliceSize: 10 } });
    const clients = [];
    for (let i = 0; i < 45; i++) clients.push(await subscribed(world, ['snapshot.*']));
    world.hub.publish('snapshot.taken', snapshot);
    world.hub.publish('snapshot.error', { device: 'camera0', message: 'm', code: 'c' });
    expect(clients.filter((client) => client.got.length > 0)).to.have.length(10);
    await world.clock.advance(0);
    while ((clients.at(-1)?.got.length ?? 0) < 2) await world.clock.advance(0);
    const order = ['snapshot.taken', 'snapshot.error'];
    for (const client of clients) expect(methodsOf(client.got)).to.deep.equal(order);
    expect(new Set(clients.map((client) => client.got[0])).size).to.equal(1);
  });

  it('are dropped, oldest first, rather than pile up', async () => {
    const world = await createRpcWorld({ hub: { sliceSize: 1, maxWaiting: 2 } });
    const one = await subscribed(world, ['snapshot.taken']);
    const two = await subscribed(world, ['snapshot.taken']);
    for (let i = 0; i < 6; i++) world.hub.publish('snapshot.taken', { ...snapshot, file_size: i });
    for (let i = 0; i < 10; i++) await world.clock.advance(0);
    const sizes = (client: Connection) => client.got.map((event) => event.params['file_size']);
    expect(sizes(one)).to.deep.equal([0, 4, 5]);
    expect(sizes(two)).to.deep.equal([0, 4, 5]);
  });

  it('are not hurt by a client that cannot be told', async () => {
    const world = await createRpcWorld();
    world.hub.attach('bad', () => {
      throw new Error('broken');
    });
    world.hub.identify('bad', { id: 'x', role: 'viewer', provider: 'x' });
    const client = await login(world);
    world.hub.publish('camera.connected', connected);
    expect(client.got).to.have.length(1);
  });

  it('of other nodes come too, and unknown topics are ignored', async () => {
    const world = await createRpcWorld();
    const client = await subscribed(world, ['*']);
    world.bus.publish({ topic: 'what.ever', at: 0, origin: 'b', payload: {} });
    world.bus.publish({ topic: 'snapshot.taken', at: 0, origin: 'b', payload: snapshot });
    expect(methodsOf(client.got)).to.deep.equal(['snapshot.taken']);
  });
});

describe('the table of topics', () => {
  it('refuses a payload that is not as declared', async () => {
    const { hub } = await createRpcWorld();
    const wrong = { ...snapshot, extra: 1 };
    expect(() => hub.publish('snapshot.taken', wrong)).to.throw(TypeError, 'extra');
  });

  for (const topic of TOPIC_NAMES) {
    it(`${topic} has a closed payload and can be asked for by every name`, () => {
      expect(topicSpec(topic).payload['additionalProperties']).to.equal(false);
      expect(payloadCheck(topic).accepts({ no_such_field: 1 })).to.equal(false);
      expect(topic).to.match(/^[a-z]+\.[a-z_]+$/);
    });
  }

  it('offers names that all stand for something', () => {
    const table = new TopicTable();
    for (const name of table.names()) expect(table.expand(name), name).not.to.have.length(0);
  });
});
