/** The transport with a real broker, which goes away, comes back and refuses. */
import { expect } from 'chai';
import { isPortError, type Transport } from 'mediamtx-camera-service/plugin-api';
import {
  testEndpoint,
  TestFailure,
  testParts,
  until,
  type TestEndpoint,
} from 'mediamtx-camera-service/testing';
import type { MqttOptions } from '../src/options.js';
import { createTransport } from '../src/transport.js';
import { configFor } from './config.js';
import { Mosquitto, PASSWORD, type Heard } from './mosquitto.js';

const WITHIN_MS = 15_000;
const never = (): AbortSignal => new AbortController().signal;
const JPEG = Buffer.from('ffd8ffe000104a46494600ffd9', 'hex');

describe('mqtt', () => {
  let broker: Mosquitto;
  let endpoint: TestEndpoint;
  let transport: Transport;
  let isRecording: boolean;
  let parts: ReturnType<typeof testParts>;
  let ear: Awaited<ReturnType<Mosquitto['listen']>>;

  const begin = async (more: Partial<MqttOptions> = {}): Promise<void> => {
    transport = createTransport(configFor(broker, more), parts);
    await transport.start(endpoint.service, never());
  };
  const find = (topic: string): Heard | undefined => ear.heard.filter((one) => one.topic === topic).at(-1);
  const text = (topic: string): string | undefined => find(topic)?.payload.toString();
  const json = (topic: string): Record<string, unknown> =>
    JSON.parse(text(topic) ?? 'null') as Record<string, unknown>;
  const arrives = (topic: string, is: (payload: string) => boolean = () => true): Promise<void> =>
    until(
      `a message on ${topic}`,
      () => ear.heard.some((m) => m.topic === topic && is(m.payload.toString())),
      WITHIN_MS,
    );
  const camera = (): object => ({
    ...{ device: 'camera0', name: 'Gate', status: 'CONNECTED', resolution: '640x480', fps: 10 },
    recording: isRecording,
  });

  before(async () => {
    broker = await Mosquitto.start();
  });
  after(() => broker.dispose());
  beforeEach(async () => {
    isRecording = false;
    parts = testParts();
    endpoint = testEndpoint({
      credential: 'key',
      files: new Map([['camera0_1.jpg', JPEG]]),
      answers: {
        get_camera_list: () => ({ cameras: [camera()], total: 1, connected: 1 }),
        take_snapshot: ({ device }) => {
          if (device !== 'camera0') throw new TestFailure('CAMERA_NOT_FOUND');
          return { device, status: 'SUCCESS' };
        },
        start_recording: () => {
          isRecording = true;
          endpoint.emit('recording.start', { device: 'camera0' });
          return { status: 'RECORDING' };
        },
        delete_recording: () => ({ deleted: true }),
      },
    });
    ear = await broker.listen();
  });
  afterEach(async () => {
    await transport.stop(never());
    ear.close();
    parts.remove();
  });

  it('announces each camera to Home Assistant, with its state and availability, all retained', async () => {
    await begin({ images: true });
    await arrives('camera-service/camera/camera0/state');
    await arrives('camera-service/availability');
    const kept = await broker.listen();
    const known = new Map(kept.heard.map(({ topic, payload }) => [topic, payload.toString()]));
    kept.close();
    expect(known.get('camera-service/availability')).to.equal('online');
    const state = JSON.parse(known.get('camera-service/camera/camera0/state') ?? '') as object;
    expect(state).to.include({ device: 'camera0', status: 'CONNECTED', recording: 'OFF' });
    for (const [component, what] of [
      ...[
        ['sensor', 'status'],
        ['switch', 'recording'],
        ['button', 'snapshot'],
        ['camera', 'image'],
      ],
    ]) {
      const topic = `homeassistant/${String(component)}/camera-service_camera0/${String(what)}/config`;
      const config = JSON.parse(known.get(topic) ?? 'null') as { unique_id: string; device: object };
      expect(config.unique_id).to.equal(`camera-service_camera0_${String(what)}`);
      expect(config.device).to.deep.include({ identifiers: ['camera-service_camera0'], name: 'Gate' });
    }
  });

  it('publishes events, and snapshots as images', async () => {
    await begin({ images: true });
    endpoint.emit('snapshot.taken', { device: 'camera0', filename: 'camera0_1.jpg' });
    await arrives('camera-service/event/snapshot/taken');
    await arrives('camera-service/camera/camera0/image');
    expect(json('camera-service/event/snapshot/taken')).to.include({
      topic: 'snapshot.taken',
      device: 'camera0',
    });
    expect(find('camera-service/camera/camera0/image')?.payload.equals(JPEG)).to.equal(true);
  });

  it('runs commands of devices with its key, and shows the new state', async () => {
    await begin();
    await broker.publish('camera-service/camera/camera0/recording/set', 'ON');
    await arrives('camera-service/camera/camera0/state', (payload) => payload.includes('"recording":"ON"'));
    await broker.publish('camera-service/camera/camera7/snapshot/set', 'PRESS');
    await arrives('camera-service/refused');
    expect(json('camera-service/refused')).to.include({ device: 'camera7', code: 'CAMERA_NOT_FOUND' });
  });

  it('answers requests, and only those that its options allow', async () => {
    await begin();
    const ask = async (id: unknown, more: object): Promise<Record<string, unknown>> => {
      await broker.publish('camera-service/rpc/request', JSON.stringify({ jsonrpc: '2.0', id, ...more }));
      await arrives('camera-service/rpc/response', (payload) =>
        payload.includes(`"id":${JSON.stringify(id)}`),
      );
      return json('camera-service/rpc/response');
    };
    const good = await ask(1, { method: 'take_snapshot', params: { device: 'camera0' } });
    expect(good['result']).to.deep.equal({ device: 'camera0', status: 'SUCCESS' });
    for (const method of ['delete_recording', 'authenticate', 'get_camera_list'])
      expect((await ask(method, { method }))['error']).to.have.nested.property(
        'data.code',
        'METHOD_NOT_FOUND',
      );
    const token = await ask('t', { method: 'take_snapshot', params: { device: 'camera0', auth_token: 'x' } });
    expect(token['error']).to.have.nested.property('data.code', 'INVALID_PARAMS');
    expect(endpoint.calls.filter(({ method }) => method === 'take_snapshot')).to.have.lengthOf(1);
    expect(endpoint.calls.some(({ method }) => method === 'delete_recording')).to.equal(false);
  });

  it('refuses garbage, and goes on', async () => {
    await begin();
    const garbage = [
      '',
      '{bad',
      '[]',
      'null',
      '[{"jsonrpc":"2.0","id":1,"method":"take_snapshot"}]',
      '{"id":{}}',
    ];
    for (const payload of [...garbage, Buffer.from([0xff, 0xfe]), Buffer.alloc(100_000, 'x')])
      await broker.publish('camera-service/rpc/request', payload);
    await broker.publish('camera-service/camera/camera0/recording/set', Buffer.alloc(100_000, 0xff));
    await arrives('camera-service/refused', (payload) => payload.includes('ON or OFF'));
    const answers = (): Heard[] => ear.heard.filter(({ topic }) => topic === 'camera-service/rpc/response');
    await until('all answers', () => answers().length === 8, WITHIN_MS);
    for (const { payload } of answers()) expect(JSON.parse(payload.toString())).to.have.property('error');
    expect(endpoint.calls.some(({ method }) => method === 'take_snapshot')).to.equal(false);
  });

  it('does not run a command that the broker has kept', async () => {
    await broker.publish('camera-service/camera/camera0/snapshot/set', 'PRESS', '-r');
    await begin();
    await broker.publish('camera-service/camera/camera0/recording/set', 'ON');
    await arrives('camera-service/event/recording/start');
    expect(endpoint.calls.some(({ method }) => method === 'take_snapshot')).to.equal(false);
    await broker.publish('camera-service/camera/camera0/snapshot/set', '', '-r');
  });

  it('delivers in order what has happened while the broker was away, up to its limit', async () => {
    await begin({ queue_limit: 5 });
    await arrives('camera-service/availability');
    await broker.down();
    ear.close();
    for (let n = 0; n < 20; n += 1) endpoint.emit('snapshot.error', { device: 'camera0', n });
    await broker.up();
    ear = await broker.listen();
    const numbers = (): unknown[] =>
      ear.heard
        .filter(({ topic }) => topic === 'camera-service/event/snapshot/error')
        .map(({ payload }) => (JSON.parse(payload.toString()) as { n: number }).n);
    await until('the last event', () => numbers().includes(19), WITHIN_MS);
    expect([...new Set(numbers())]).to.deep.equal([15, 16, 17, 18, 19]);
    await arrives('camera-service/availability', (payload) => payload === 'online');
    await arrives('homeassistant/sensor/camera-service_camera0/status/config');
    await broker.publish('camera-service/camera/camera0/recording/set', 'ON');
    await arrives('camera-service/event/recording/start');
  });

  it('says goodbye when it is stopped', async () => {
    await begin();
    await arrives('camera-service/availability', (payload) => payload === 'online');
    await transport.stop(never());
    await arrives('camera-service/availability', (payload) => payload === 'offline');
  });

  it('does not start with a wrong password, a wrong key or no broker, and its errors show no secret', async () => {
    const cases = [
      [{ password: 'wr0ng-password' }, 'ADDRESS_UNAVAILABLE', /[Nn]ot authori[sz]ed/],
      [{ api_key: 'wr0ng-key' }, 'CREDENTIALS_REFUSED', /AUTH_FAILED/],
      [{ url: 'mqtt://127.0.0.1:1' }, 'ADDRESS_UNAVAILABLE', /ECONNREFUSED/],
      [{ ca_file: '/nowhere.pem' }, 'OPTION_INVALID', /ca_file/],
    ] as const;
    for (const [more, code, words] of cases) {
      const error: unknown = await begin(more).catch((cause: unknown) => cause);
      expect(isPortError(error, code), String(error)).to.equal(true);
      expect(String(error)).to.match(words);
      expect(JSON.stringify(error) + String(error)).not.to.match(new RegExp(`wr0ng|${PASSWORD}`));
    }
  });

  it('speaks TLS, and refuses a broker that its CA does not know', async () => {
    const url = `mqtts://127.0.0.1:${String(broker.tlsPort)}`;
    const error: unknown = await begin({ url }).catch((cause: unknown) => cause);
    expect(String(error)).to.match(/self.signed|certificate/i);
    await begin({ url, ca_file: broker.caFile });
    await arrives('camera-service/availability', (payload) => payload === 'online');
  });
});
