import { expect } from 'chai';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../../worlds/media.js';
import { killForgotten, pickPorts, startService, type ServicePorts } from '../../worlds/service.js';
import { connectWs } from '../../worlds/ws-client.js';

const PRELOAD = fileURLToPath(new URL('./kill-at.mjs', import.meta.url));
const WITHOUT_MEDIA = { 'adapters.media_server': 'memory', 'adapters.device_event_source': 'memory' };
const MOST_OPERATIONS = 500;

/** The first start of the whole service, ended at each of the operations that change something on the disk. */
describe('a first start that is killed', function () {
  this.timeout(300_000);
  let base: Awaited<ReturnType<typeof tempDir>>;
  let ports: ServicePorts;
  before(async () => {
    base = await tempDir();
    ports = await pickPorts();
  });
  afterEach(killForgotten);
  after(() => base.remove());

  const start = (dir: string, env: Readonly<Record<string, string>> = {}) =>
    startService({ waitFor: 'serving', dir, ports, set: WITHOUT_MEDIA, env });

  it('is made up for by the next one, with one admin key, and that in the hands of somebody', async () => {
    let killed = 0;
    for (let at = 1; ; at += 1) {
      expect(at, 'it never gets to its end').to.be.below(MOST_OPERATIONS);
      const dir = join(base.path, String(at));
      mkdirSync(dir);
      const env = { NODE_OPTIONS: `--import=${PRELOAD}`, KILL_UNDER: dir, KILL_AT: String(at) };
      const outcome: unknown = await start(dir, env).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) break;
      expect(outcome.message, `operation ${String(at)}`).to.contain('it ended with SIGKILL');
      killed += 1;
      const next = await start(dir);
      await expectOneKey(next.wsUrl, join(dir, 'state'), `operation ${String(at)}`);
      await next.kill();
      rmSync(dir, { recursive: true });
    }
    console.log(`      · killed at ${String(killed)} operations`);
    expect(killed).to.be.greaterThan(20);
  });
});

async function expectOneKey(wsUrl: string, state: string, where: string): Promise<void> {
  const key = readFileSync(join(state, 'first-admin-key.txt'), 'utf8').trim();
  const client = await connectWs(wsUrl);
  const { role } = await client.call<{ role: string }>('authenticate', { auth_token: key });
  await client.close();
  expect(role, where).to.equal('admin');
  const { keys } = JSON.parse(readFileSync(join(state, 'auth.api-keys.json'), 'utf8')) as {
    keys: { id: string; role: string }[];
  };
  const admins = keys.filter((each) => each.role === 'admin').map(({ id }) => id);
  expect(admins, `${where}: keys that nobody has seen`).to.deep.equal([key.split('_')[1]]);
}
