/** Projects of plugins as the command writes them, untouched in a bare folder. The one of a source is that of the ten minutes. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { read, root } from '../repo/support/tree.js';
import { output } from './support/example-workshop.js';
import { packedOnce } from './support/packed.js';
import { serviceBundle } from '../worlds/service.js';

const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
const PROVIDES = {
  transport: 'Transport',
  'auth-provider': 'AuthProvider',
  'telemetry-decoder': 'TelemetryDecoder',
} as const;
/** The tests of the project ask for them in the running service. */
const CAPABILITIES = {
  transport: 'rpc,events,metrics,health,routes,static',
  'auth-provider': 'metrics',
  'telemetry-decoder': 'events',
} as const;

describe('a project of a plugin', function () {
  this.timeout(240_000);
  let folder: string;
  let bundle: string;

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cs-new-')));
    bundle = await serviceBundle();
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [kind, port] of Object.entries(PROVIDES)) {
    it(`for a ${kind} passes lint, build, contract and check as it is`, async () => {
      const project = join(folder, `my-${kind}`);
      await output(
        folder,
        process.execPath,
        bundle,
        'plugin',
        'new',
        project,
        '--kind',
        kind,
        '--capabilities',
        CAPABILITIES[kind as keyof typeof CAPABILITIES],
        '--service',
        await packedOnce(),
      );
      await output(project, 'npm', 'install', ...QUIET);
      expect(await output(project, 'npm', 'run', 'lint')).not.to.match(/Command failed|✖/);
      await output(project, 'npm', 'run', 'build');
      const told = await output(project, 'npm', 'run', 'check');
      expect(told).to.match(new RegExp(`^ok +contract +${port}/my-${kind}`, 'm'));
      expect(told).to.match(/^ok +tests +npm test$/m);
      expect(told).to.include('The plugin can be published.');
    });
  }

  it('is what npm create makes', async () => {
    const starter = join(folder, 'starter');
    mkdirSync(starter);
    writeFileSync(join(starter, 'package.json'), '{"private":true}');
    const create = await output(
      join(root, 'plugins/create'),
      'npm',
      'pack',
      '--silent',
      '--pack-destination',
      starter,
    );
    const packages = [await packedOnce(), join(starter, create.trim())];
    await output(starter, 'npm', 'install', ...QUIET, ...packages);
    const words = ['my-cameras', '--', '--kind', 'source', '--name', 'acme-cameras'];
    await output(starter, 'npm', 'create', 'camera-service-plugin', ...words);
    const manifest = readFileSync(join(starter, 'my-cameras/package.json'), 'utf8');
    expect(JSON.parse(manifest)).to.include({ name: 'acme-cameras' });
    const refused = await output(
      starter,
      'npm',
      'create',
      'camera-service-plugin',
      'other',
      '--',
      '--kind',
      'x',
    );
    expect(refused).to.match(/Command failed[^]*source, transport, auth-provider, telemetry-decoder/);
  });

  it('is found not ready when its code breaks a rule of the contract', async () => {
    const project = join(folder, 'my-auth-provider');
    const source = join(project, 'src/provider.ts');
    const sound = read('config/templates/auth-provider/src/provider.ts.template').replaceAll(
      '@@name@@',
      'my-auth-provider',
    );
    const broken = sound.replace("refuse('bad_signature')", 'return undefined');
    expect(broken).not.to.equal(sound);
    writeFileSync(source, broken);
    const told = await output(project, 'npm', 'run', 'check');
    expect(told)
      .to.match(/^FAIL +tests +npm test – it fails/m)
      .and.include('The plugin is not ready.');
  });
});
