import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../worlds/media.js';
import {
  killForgotten,
  pickPorts,
  startService,
  type RunningService,
  type ServicePorts,
} from '../../worlds/service.js';
import { connectWs } from '../../worlds/ws-client.js';

const WITHOUT_MEDIA = { 'adapters.media_server': 'memory', 'adapters.device_event_source': 'memory' };
const AUTH = ['auth.api-keys', 'auth.jwt-secret', 'auth.ticket-secret'];
const OTHERS = ['cameras.identities', 'recordings.active', 'files.notes'].flatMap((key) => [
  key,
  `${key}.copy`,
]);
/** Far more than any document may have. */
const HUGE_BYTES = 80 * 1024 * 1024;

/** What a disk, a power cut, an update or a person leaves in the place of a document. */
const DAMAGES: Readonly<Record<string, (file: string, sound: string) => void>> = {
  'is empty': (file) => writeFileSync(file, ''),
  'is full of zeros': (file, sound) => writeFileSync(file, Buffer.alloc(sound.length)),
  'is cut off': (file, sound) => writeFileSync(file, sound.slice(0, sound.length / 2)),
  'is binary': (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x80])),
  'is far too long': (file, sound) => {
    writeFileSync(file, sound);
    truncateSync(file, HUGE_BYTES);
  },
  'is other JSON': (file) => writeFileSync(file, '["of", "another", "kind"]'),
  'is null': (file) => writeFileSync(file, 'null'),
  'has other types within': (file) =>
    writeFileSync(file, '{"version":"1","keys":7,"secret":{},"cameras":1,"sessions":{},"files":[]}'),
  'is a folder': (file) => mkdirSync(join(file, 'with', 'something'), { recursive: true }),
  'is a pipe': (file) => execFileSync('mkfifo', [file]),
};

describe('a start with damaged documents', function () {
  this.timeout(120_000);
  let base: Awaited<ReturnType<typeof tempDir>>;
  let ports: ServicePorts;
  let service: RunningService;
  let state: string;
  const file = (key: string): string => join(state, `${key}.json`);
  const start = async (): Promise<RunningService> =>
    (service = await startService({ waitFor: 'serving', dir: base.path, ports, set: WITHOUT_MEDIA }));
  const firstKey = (): string => readFileSync(join(state, 'first-admin-key.txt'), 'utf8').trim();
  before(async () => {
    base = await tempDir();
    ports = await pickPorts();
    state = join(base.path, 'state');
  });
  afterEach(killForgotten);
  after(() => base.remove());

  for (const [what, damage] of Object.entries(DAMAGES))
    it(`where each ${what}: serves, says what was done and what to do, and hands over a new admin key`, async () => {
      rmSync(state, { recursive: true, force: true });
      await (await start()).stop();
      const old = firstKey();
      for (const key of [...AUTH, ...OTHERS]) {
        const sound = lstatSync(file(key), { throwIfNoEntry: false })
          ? readFileSync(file(key), 'utf8')
          : '{}';
        rmSync(file(key), { force: true });
        damage(file(key), sound);
      }
      await start();
      const key = firstKey();
      expect(key).not.to.equal(old);
      expect(await loginWith(old)).to.equal('AUTH_FAILED');
      const { components } = await statusFor(key);
      expect(components['credentials']?.state).to.equal('degraded');
      expect(components['credentials']?.reason)
        .to.include('auth.api-keys')
        .and.include('set aside as')
        .and.include('key add');
      expect(service.output()).not.to.include('(STATE_CORRUPT)');
      const aside = readdirSync(state).filter((name) => name.includes('.corrupt-'));
      for (const each of AUTH.slice(0, 2))
        expect(
          aside.some((name) => name.startsWith(each)),
          `${each} is kept`,
        ).to.equal(true);
      await service.stop();
      await start();
      expect(firstKey(), 'no further key').to.equal(key);
      expect((await statusFor(key)).components['credentials']?.state).to.equal('ok');
    });

  async function loginWith(key: string): Promise<string> {
    const client = await connectWs(service.wsUrl);
    try {
      return (await client.call<{ role: string }>('authenticate', { auth_token: key })).role;
    } catch (error) {
      return String((error as { data?: { code?: unknown } }).data?.code);
    } finally {
      await client.close();
    }
  }

  async function statusFor(key: string) {
    const client = await connectWs(service.wsUrl);
    await client.call('authenticate', { auth_token: key });
    const status = await client.call<{
      components: Readonly<Record<string, { state: string; reason?: string }>>;
    }>('get_status');
    await client.close();
    return status;
  }
});
