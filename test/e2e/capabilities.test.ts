/** What plugins have beyond adapters, in the service that runs: what they may do, and what they cannot do to it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { blocks } from '../repo/support/markdown.js';
import { read } from '../repo/support/tree.js';
import { until } from '../worlds/media.js';
import { writePluginPackage } from '../worlds/plugin-package.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';

const PAGE = 'docs/plugins/capabilities.md';
const ROLES = ['viewer', 'operator', 'admin'] as const;
const ALL = ['rpc', 'events', 'metrics', 'health'];
const WITHIN_MS = 30_000;

interface Camera {
  readonly device: string;
  readonly status: string;
}
interface Status {
  readonly components: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
}

describe('plugins with more than adapters', function () {
  this.timeout(180_000);
  let dir: string;
  let service: RunningService;
  const clients = {} as Record<(typeof ROLES)[number] | 'scoped', WsClient>;
  let seen = '';
  let unseen = '';

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cs-capable-'));
    const code = read('test/worlds/capable-plugin.mjs');
    const named = (name: string): string => code.replace("name: 'capable'", `name: '${name}'`);
    await writePluginPackage(dir, 'capable', { code, capabilities: ALL });
    await writePluginPackage(dir, 'poor', { code: named('poor'), capabilities: ['health'] });
    await writePluginPackage(dir, 'denied', { code: named('denied'), capabilities: ALL });
    const doorbell = blocks(read(PAGE));
    await mkdir(join(dir, 'doorbell'));
    await writeFile(join(dir, 'doorbell/package.json'), textOf(doorbell, 'json'));
    await writeFile(join(dir, 'doorbell/index.js'), textOf(doorbell, 'js'));
    const cameras = ['Front', 'Back'].map((name) => ({ name, width: 320, height: 240, fps: 10 }));
    service = await startService({
      // One of the plugins is broken: the service is up without it, and says so.
      waitFor: 'serving',
      withinMs: 60_000,
      set: {
        'plugins.load': ['capable', 'poor', 'denied', 'doorbell'].map((name) => join(dir, name)).join(','),
        'plugins.deny': 'denied/rpc,denied/events',
        'synthetic.cameras': JSON.stringify(cameras),
      },
    });
    for (const role of ROLES) clients[role] = await service.client(role);
    const found = async (): Promise<string[]> => {
      const { cameras: all } = await clients.viewer.call<{ cameras: Camera[] }>('get_camera_list');
      return all.flatMap(({ device, status }) => (status === 'CONNECTED' ? [device] : []));
    };
    await until('two cameras', async () => (await found()).length === 2, WITHIN_MS);
    [seen = '', unseen = ''] = await found();
    clients.scoped = await service.client('none');
    await clients.scoped.call('authenticate', {
      auth_token: await service.token('viewer', { cameras: [seen] }),
    });
  });

  after(async () => {
    await service?.kill();
    await rm(dir, { recursive: true, force: true });
  });

  const codeOf = async (client: WsClient, method: string, params?: object): Promise<unknown> => {
    const { error } = await client.answer(method, params);
    return error === undefined ? 'ok' : error.data?.['code'];
  };
  const component = async (plugin: string): Promise<{ state: string; reason?: string } | undefined> =>
    (await clients.viewer.call<Status>('get_status')).components[`plugin:${plugin}`];
  const complaint = (plugin: string, words: RegExp): Promise<unknown> =>
    until(
      `complaint ${String(words)}`,
      async () => words.test((await component(plugin))?.reason ?? ''),
      WITHIN_MS,
    );
  const metrics = async (): Promise<string> => (await fetch(`${service.healthUrl}/metrics`)).text();

  it('work as the page about them says', async () => {
    await clients.viewer.call('subscribe_events', { topics: ['plugin.doorbell.*'] });
    const result = await clients.operator.call('doorbell.ring', { device: seen, note: 'Parcel' });
    expect(result).to.deep.equal({ told: true });
    const { params } = await clients.viewer.nextNotification('plugin.doorbell.rung', WITHIN_MS);
    expect(params).to.deep.include({
      topic: 'plugin.doorbell.rung',
      sequence: 1,
      device: seen,
      note: 'Parcel',
    });
    await clients.operator.call('doorbell.ring', { device: seen });
    const second = await clients.viewer.nextNotification('plugin.doorbell.rung', WITHIN_MS);
    expect(second.params).to.deep.include({ sequence: 2, note: '' });
    expect(await metrics()).to.include(`camera_service_plugin_doorbell_rings_total{door="${seen}"} 2`);
    await until(
      'note',
      async () => (await component('doorbell'))?.reason === `last rung at ${seen}`,
      WITHIN_MS,
    );
  });

  for (const needed of ROLES)
    for (const have of ROLES)
      it(`admit or refuse ${have} where ${needed} is needed`, async () => {
        const may = ROLES.indexOf(have) >= ROLES.indexOf(needed);
        expect(await codeOf(clients[have], `capable.as_${needed}`)).to.equal(
          may ? 'ok' : 'PERMISSION_DENIED',
        );
        const topic = `plugin.capable.for_${needed}`;
        const subscribed = await codeOf(clients[have], 'subscribe_events', { topics: [topic] });
        expect(subscribed).to.equal(may ? 'ok' : 'PERMISSION_DENIED');
        await clients[have].call('subscribe_events', { topics: ['plugin.capable.*'] });
        const mark = `${have} ${needed}`;
        await clients.admin.call('capable.publish', { role: needed, mark });
        // Events of one publisher come in order: the second shows whether the first was left out.
        await clients.admin.call('capable.publish', { role: 'viewer', mark });
        const heard = await clients[have].nextNotification(
          ({ params }) => params['text'] === mark,
          WITHIN_MS,
        );
        expect(heard.method === topic).to.equal(may);
      });

  it('keep to the cameras that a client may see', async () => {
    const call = (device: string): Promise<unknown> =>
      codeOf(clients.scoped, 'capable.as_viewer', { device });
    expect(await call(seen)).to.equal('ok');
    expect(await call(unseen)).to.equal('CAMERA_NOT_FOUND');
    expect(await call('/dev/video0')).to.equal('INVALID_PARAMS');
    expect(await codeOf(clients.admin, 'capable.as_viewer', { device: 'nobody' })).to.equal(
      'CAMERA_NOT_FOUND',
    );
    await clients.scoped.call('subscribe_events', { topics: ['plugin.*'] });
    for (const device of [unseen, seen])
      await clients.admin.call('capable.publish', { role: 'viewer', device });
    const { params } = await clients.scoped.nextNotification('plugin.capable.for_viewer', WITHIN_MS);
    expect(params['device']).to.equal(seen);
  });

  it('are part of the API as it is described', async () => {
    const document = await clients.viewer.call<{
      methods: { name: string; 'x-role': string }[];
      'x-events': { topics: Record<string, { 'x-role': string }> };
    }>('rpc.discover');
    const method = document.methods.find(({ name }) => name === 'capable.as_operator');
    expect(method?.['x-role']).to.equal('operator');
    expect(document['x-events'].topics['plugin.capable.for_admin']?.['x-role']).to.equal('admin');
    const http = await (await fetch(`${service.httpUrl}/openrpc.json`)).json();
    expect(http).to.deep.equal(document);
    const { permissions } = await clients.viewer.call<{ permissions: string[] }>('authenticate', {
      auth_token: await service.token('viewer'),
    });
    expect(permissions).to.include('capable.as_viewer').and.not.include('capable.as_operator');
    const { plugins } = await clients.viewer.call<{ plugins: { name: string; capabilities: string[] }[] }>(
      'get_server_info',
    );
    expect(plugins.find(({ name }) => name === 'capable')?.capabilities).to.deep.equal(ALL);
  });

  it('are refused what their manifest does not name, in words that name both', async () => {
    const { reason = '' } = (await component(join(dir, 'poor'))) ?? {};
    expect(reason).to.match(
      /without the capability "events"; add it to "capabilities" under "camera-service"/,
    );
    expect(await codeOf(clients.admin, 'poor.as_viewer')).to.equal('METHOD_NOT_FOUND');
  });

  it('do without what an administrator denies them', async () => {
    expect(await codeOf(clients.admin, 'denied.as_viewer')).to.equal('METHOD_NOT_FOUND');
    expect(
      await codeOf(clients.admin, 'subscribe_events', { topics: ['plugin.denied.for_viewer'] }),
    ).to.equal('INVALID_PARAMS');
    expect(await metrics()).to.include('camera_service_plugin_denied_times_seconds_count 0');
  });

  it('have their parameters checked like ours', async () => {
    for (const params of [{ device: 1 }, { more: 1 }])
      expect(await codeOf(clients.viewer, 'capable.as_viewer', params)).to.equal('INVALID_PARAMS');
    const { error } = await clients.viewer.answer('capable.refuses');
    expect(error?.data).to.deep.include({ code: 'INVALID_PARAMS', param: 'x', hint: 'x must be even' });
  });

  for (const [fault, words] of Object.entries({
    throws: /threw: the secret/,
    poses: /threw: the secret/,
    hangs: /did not answer within 300 ms/,
    wrong: /returned an invalid value: done/,
    nothing: /returned an invalid value/,
    huge: /returned an invalid value: is longer than/,
    cyclic: /returned an invalid value: is nested too deeply/,
  }))
    it(`cost only their own answer: ${fault}`, async () => {
      const { error } = await clients.viewer.answer(`capable.${fault}`);
      expect(error?.data?.['code']).to.equal('DEPENDENCY_FAILED');
      expect(JSON.stringify(error)).not.to.include('secret');
      expect(await codeOf(clients.viewer, 'get_camera_list')).to.equal('ok');
      expect((await clients.admin.call<Status>('get_status')).components['plugin:capable']?.state).to.equal(
        'degraded',
      );
      // Health tells five faults at a time; the log has them all.
      const line = new RegExp(`plugin=capable subject="method ${fault}" reason="${words.source}`);
      expect(service.output()).to.match(line);
    });

  it('cannot flood, nor publish what they did not declare', async () => {
    const { told } = await clients.admin.call<{ told: number }>('capable.flood');
    expect(told).to.be.within(1, 1_000);
    const bucket = async (method: string): Promise<unknown> =>
      (await clients.admin.call<{ done: boolean }>(method)).done;
    expect(await bucket('capable.bad_event')).to.equal(false);
    expect(await bucket('capable.big_event')).to.equal(false);
  });

  it('measure no more than their metrics may hold', async () => {
    await clients.viewer.call('capable.measure');
    const lines = (await metrics()).split('\n');
    expect(lines.filter((line) => line.startsWith('camera_service_plugin_capable_series{'))).to.have.length(
      100,
    );
    expect(lines).to.include('camera_service_plugin_capable_times_seconds_sum 1.5');
  });

  it('say how they are', async () => {
    await clients.viewer.call('capable.note', { state: 'down' });
    await complaint('capable', /the plugin is down/);
    expect((await component('capable'))?.state).to.equal('down');
  });

  it('may leave calls open without keeping the service from ending', async () => {
    void clients.viewer.answer('capable.hangs').catch(() => undefined);
    const { code, orphans } = await service.stop();
    expect(code).to.equal(0);
    expect(orphans).to.deep.equal([]);
  });
});

function textOf(
  found: readonly { readonly language: string; readonly text: string }[],
  language: string,
): string {
  return found.find((block) => block.language === language)?.text ?? '';
}
