/** Real credentials of each role over the real WebSocket, and who hears which event. The whole matrix is a unit test. */
import { expect } from 'chai';
import { sendSyntheticCommand } from '../../adapters/device-event-source/synthetic/control-socket.js';
import { until } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import { connectWs, type WsClient, type WsNotification } from '../worlds/ws-client.js';

const PICTURE = { width: 320, height: 240, fps: 15 };
const FIRST = { device: 'camera0' };
const SECOND = { device: 'camera1' };

interface CameraList {
  readonly cameras: readonly { readonly device: string; readonly status: string }[];
}

describe('roles and events, over the real WebSocket', function () {
  this.timeout(60_000);
  let service: RunningService;
  let viewer: WsClient;
  let operator: WsClient;
  let admin: WsClient;

  before(async () => {
    const cameras = ['First', 'Second'].map((name) => ({ name, ...PICTURE }));
    const set = {
      'synthetic.cameras': JSON.stringify(cameras),
      'adapters.device_event_source': 'synthetic',
      'streams.snapshot_linger_ms': '500',
    };
    service = await startService({ set });
    [viewer, operator, admin] = [
      await service.client('viewer'),
      await service.client('operator'),
      await service.client('admin'),
    ];
    const both = async (): Promise<boolean> =>
      (await viewer.call<CameraList>('get_camera_list')).cameras.length === cameras.length;
    await until('both cameras', both);
  });

  after(async () => {
    await service?.stop();
  });

  function hand(action: 'plug' | 'unplug', camera: number): Promise<void> {
    return sendSyntheticCommand(service.path('run'), { action, camera });
  }

  async function keyOf(role: string): Promise<string> {
    const { stdout } = await service.cli(['key', 'add', '--role', role]);
    return stdout.trim();
  }

  describe('a role', () => {
    it('nobody in particular may only say hello', async () => {
      const nobody = await service.client('none');
      expect(await nobody.call('ping')).to.equal('pong');
      for (const method of ['get_camera_list', 'take_snapshot', 'get_status', 'subscribe_events']) {
        expect((await nobody.answer(method, {})).error, method).to.deep.include({ code: -32001 });
      }
    });

    it('a viewer looks but does not touch', async () => {
      expect((await viewer.call<CameraList>('get_camera_list')).cameras).to.have.length(2);
      for (const method of ['take_snapshot', 'start_recording', 'stop_recording', 'start_streaming']) {
        const { error } = await viewer.answer(method, FIRST);
        expect(error, method).to.deep.include({ code: -32002 });
        expect(error?.data).to.include({
          code: 'PERMISSION_DENIED',
          required_role: 'operator',
          have_role: 'viewer',
        });
      }
    });

    it('an operator and an admin do', async () => {
      for (const client of [operator, admin]) {
        expect(await client.call('take_snapshot', FIRST)).to.include({
          status: 'SUCCESS',
          device: 'camera0',
        });
      }
    });

    it('authenticate tells the role and exactly the methods that it may call', async () => {
      const answers = await Promise.all(
        (['viewer', 'operator', 'admin'] as const).map(async (role) => {
          const client = await service.client('none');
          return client.call<Login>('authenticate', { auth_token: await service.token(role) });
        }),
      );
      expect(answers.map(({ role }) => role)).to.deep.equal(['viewer', 'operator', 'admin']);
      const [least, more, most] = answers.map(({ permissions }) => permissions);
      expect(least).to.include('get_camera_list').and.not.to.include('take_snapshot');
      expect(more).to.include.members([...(least ?? []), 'take_snapshot', 'delete_recording']);
      expect(most).to.include.members(more ?? []);
    });

    it('an API key is as good as a token: on the upgrade, and until it is taken back', async () => {
      const key = await keyOf('operator');
      const client = await connectWs(service.wsUrl, { headers: { 'x-api-key': key } });
      await client.call('get_camera_list');
      expect((await client.answer('start_streaming', { device: 'camera9' })).error?.data?.['code']).to.equal(
        'CAMERA_NOT_FOUND',
      );
      const { stdout } = await service.cli(['key', 'list']);
      const id =
        stdout
          .split('\n')
          .find((line) => line.includes('operator'))
          ?.split(' ')[0] ?? '';
      expect((await service.cli(['key', 'revoke', id])).code).to.equal(0);
      const refused = async (): Promise<boolean> => {
        const other = await service.client('none');
        const { error } = await other.answer('authenticate', { auth_token: key });
        await other.close();
        return error?.code === -32001;
      };
      await until('refusal of the key that was taken back', refused);
      await client.close();
    });

    it('a token that ends while the socket is open: token_expired, and a new one makes it good again', async () => {
      const token = await service.token('viewer', { ttl: '1s' });
      const client = await service.client('none');
      await client.call('authenticate', { auth_token: token });
      const reason = async (): Promise<unknown> =>
        (await client.answer('get_camera_list', {})).error?.data?.['reason'];
      await until('the end of the token', async () => (await reason()) === 'token_expired');
      await client.call('authenticate', { auth_token: await service.token('viewer') });
      expect(await reason()).to.equal(undefined);
    });

    it('a camera outside the list of a token does not exist for it', async () => {
      const client = await service.client('none');
      const token = await service.token('operator', { cameras: ['camera1'] });
      await client.call('authenticate', { auth_token: token });
      const { cameras } = await client.call<CameraList>('get_camera_list');
      expect(cameras.map(({ device }) => device)).to.deep.equal(['camera1']);
      for (const method of ['get_camera_status', 'take_snapshot', 'start_recording', 'get_stream_url']) {
        const { error } = await client.answer(method, FIRST);
        expect(error, method).to.deep.include({ code: -32000 });
        expect(error?.data).to.deep.include({ device: 'camera0', available_devices: ['camera1'] });
      }
      await operator.call('take_snapshot', FIRST);
      const { files } = await client.call<{ files: { device: string }[] }>('list_snapshots');
      expect(files.filter(({ device }) => device !== 'camera1')).to.deep.equal([]);
    });

    it('whether a file of a camera outside the list exists is not told by the name of a snapshot', async () => {
      const { filename: foreign } = await operator.call<{ filename: string }>('take_snapshot', FIRST);
      const client = await service.client('none');
      const token = await service.token('operator', { cameras: ['camera1'] });
      await client.call('authenticate', { auth_token: token });
      const named = async (filename: string) => {
        const { error } = await client.answer('take_snapshot', { device: 'camera1', filename });
        return error?.data && { ...error.data, request_id: 'of this call' };
      };
      const refused = await named(foreign);
      expect(refused).to.include({ code: 'INVALID_PARAMS', param: 'filename', rule: 'prefix' });
      expect(await named(`x${foreign}`)).to.deep.equal(refused);
      expect(await named('camera1_gate.jpg')).to.equal(undefined);
      expect(await named('camera1_gate.jpg')).to.include({ rule: 'exists' });
    });
  });

  describe('an event', () => {
    async function listener(topics?: readonly string[], filters?: object): Promise<WsClient> {
      const client = await service.client('viewer');
      if (topics !== undefined)
        await client.call('subscribe_events', { topics, ...(filters ? { filters } : {}) });
      return client;
    }

    /** Pulls and plugs a camera; resolves when all clients have heard whatever they are to hear of it. */
    async function replug(camera: number, clients: readonly WsClient[]): Promise<void> {
      const witness = await listener(['camera.connected']);
      await hand('unplug', camera);
      await hand('plug', camera);
      await witness.nextNotification('camera.connected', 5_000);
      await Promise.all([...clients, witness].map((client) => client.call('ping')));
      await witness.close();
    }

    const heard = (client: WsClient): readonly string[] => client.notifications.map(({ method }) => method);
    const about = (client: WsClient): readonly unknown[] =>
      client.notifications.map(({ params }) => params['device']);
    const forget = (...clients: readonly WsClient[]): void => {
      for (const client of clients) client.notifications.length = 0;
    };

    it('comes by topic, by prefix, by alias and without being asked for', async () => {
      const [topic, prefix, everything, alias, silent] = [
        await listener(['camera.disconnected']),
        await listener(['camera.*']),
        await listener(['*']),
        await listener(['camera_status_update']),
        await listener(),
      ];
      await replug(1, [topic, prefix, everything, alias, silent]);
      expect(heard(topic)).to.deep.equal(['camera.disconnected']);
      expect(heard(prefix)).to.include.members(['camera.disconnected', 'camera.connected']);
      expect(heard(prefix).filter((name) => !name.startsWith('camera.'))).to.deep.equal([]);
      expect(heard(everything)).to.include.members([...heard(prefix)]);
      for (const client of [alias, silent]) {
        const updates = client.notifications.filter(({ method }) => method === 'camera_status_update');
        expect(updates.map(({ params }) => params['status'])).to.deep.equal(['DISCONNECTED', 'CONNECTED']);
        expect(updates[1]?.params).to.include.keys('device', 'name', 'resolution', 'fps', 'streams');
        expect(heard(client).every((name) => name === 'camera_status_update')).to.equal(true);
      }
      expect(topic.notifications[0]?.params).to.include.keys('topic', 'timestamp', 'sequence', 'device');
    });

    it('comes to those whose filter it passes, and only to those', async () => {
      const [first, second, list] = [
        await listener(['camera.*'], FIRST),
        await listener(['camera.*'], SECOND),
        await listener(['camera.*'], { device: ['camera0', 'camera1'] }),
      ];
      await replug(1, [first, second, list]);
      expect(new Set(about(first))).to.deep.equal(new Set(['camera0']));
      expect(heard(second)).to.deep.equal([]);
      expect(heard(list)).to.deep.equal(heard(first));
      forget(first, second);
      await replug(2, [first, second, list]);
      expect(heard(first)).to.deep.equal([]);
      expect(new Set(about(second))).to.deep.equal(new Set(['camera1']));
    });

    it('has a number that rises by one for each topic, the same for everybody', async () => {
      const clients = [await listener(['camera.connected', 'camera.disconnected']), await listener(['*'])];
      for (let round = 0; round < 3; round += 1) await replug(1 + (round % 2), clients);
      const numbers = (client: WsClient, name: string): readonly number[] =>
        client.notifications.filter(({ method }) => method === name).map(sequenceOf);
      for (const name of ['camera.connected', 'camera.disconnected']) {
        const [one = [], other = []] = clients.map((client) => numbers(client, name));
        expect(one).to.have.length(3);
        expect(other).to.deep.equal(one);
        expect(one).to.deep.equal([0, 1, 2].map((step) => (one[0] ?? 0) + step));
      }
    });

    it('does not come any more after unsubscribe_events, nor for a camera outside the scope', async () => {
      const client = await listener(['camera.*', 'snapshot.taken']);
      const scoped = await service.client('none');
      const token = await service.token('viewer', { cameras: ['camera1'] });
      await scoped.call('authenticate', { auth_token: token });
      await scoped.call('subscribe_events', { topics: ['camera.*'] });
      const { client_topics: topics } = await client.call<Stats>('get_subscription_stats');
      expect(topics).to.have.members(['camera.*', 'snapshot.taken']);
      await client.call('unsubscribe_events', { topics: ['camera.*'] });
      await replug(1, [client, scoped]);
      expect(heard(client)).to.deep.equal([]);
      expect(heard(scoped)).to.deep.equal([]);
      const { filename } = await operator.call<{ filename: string }>('take_snapshot', FIRST);
      const { params } = await client.nextNotification('snapshot.taken', 5_000);
      expect(params).to.include({ device: 'camera0', filename });
      await client.call('unsubscribe_events');
      expect((await client.call<Stats>('get_subscription_stats')).client_topics).to.deep.equal([]);
    });

    it('above the role is refused by name, and an unknown one says what there is', async () => {
      const { error } = await viewer.answer('subscribe_events', { topics: ['storage.low'] });
      expect(error).to.deep.include({ code: -32002 });
      const unknown = await viewer.answer('subscribe_events', { topics: ['camera.exploded'] });
      expect(unknown.error).to.deep.include({ code: -32602 });
      expect(unknown.error?.data?.['hint']).to.include('camera.connected').and.to.include('camera.*');
    });
  });
});

interface Login {
  readonly role: string;
  readonly permissions: readonly string[];
}

interface Stats {
  readonly client_topics: readonly string[];
}

function sequenceOf({ params }: WsNotification): number {
  return params['sequence'] as number;
}
