/** Projects of plugins as the command writes them, untouched in a bare folder. The one of a source is that of the ten minutes. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { read, root } from '../repo/support/tree.js';
import { packedOnce } from './support/packed.js';
import { serviceBundle } from '../worlds/service.js';

const run = promisify(execFile);
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
const PROVIDES = { transport: 'Transport', 'auth-provider': 'AuthProvider' } as const;

describe('a project of a plugin', function () {
  this.timeout(240_000);
  let folder: string;
  let bundle: string;

  const inFolder = async (cwd: string, command: string, ...args: readonly string[]): Promise<string> => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    return run(command, args, { cwd, env, maxBuffer: 16 * 1024 * 1024 }).then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        const { message, stdout, stderr } = error as { message: string; stdout: string; stderr: string };
        return `${message}\n${stdout}\n${stderr}`;
      },
    );
  };

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
      await inFolder(
        folder,
        process.execPath,
        bundle,
        'plugin',
        'new',
        project,
        '--kind',
        kind,
        '--service',
        await packedOnce(),
      );
      await inFolder(project, 'npm', 'install', ...QUIET);
      expect(await inFolder(project, 'npm', 'run', 'lint')).not.to.match(/Command failed|✖/);
      await inFolder(project, 'npm', 'run', 'build');
      const told = await inFolder(project, 'npm', 'run', 'check');
      expect(told).to.match(new RegExp(`^ok +contract +${port}/my-${kind}`, 'm'));
      expect(told).to.include('The plugin can be published.');
    });
  }

  it('is what npm create makes', async () => {
    const starter = join(folder, 'starter');
    mkdirSync(starter);
    writeFileSync(join(starter, 'package.json'), '{"private":true}');
    const create = await inFolder(
      join(root, 'plugins/create'),
      'npm',
      'pack',
      '--silent',
      '--pack-destination',
      starter,
    );
    const packages = [await packedOnce(), join(starter, create.trim())];
    await inFolder(starter, 'npm', 'install', ...QUIET, ...packages);
    const words = ['my-cameras', '--', '--kind', 'source', '--name', 'acme-cameras'];
    await inFolder(starter, 'npm', 'create', 'camera-service-plugin', ...words);
    const manifest = readFileSync(join(starter, 'my-cameras/package.json'), 'utf8');
    expect(JSON.parse(manifest)).to.include({ name: 'acme-cameras' });
    const refused = await inFolder(
      starter,
      'npm',
      'create',
      'camera-service-plugin',
      'other',
      '--',
      '--kind',
      'x',
    );
    expect(refused).to.match(/Command failed[^]*source, transport, auth-provider/);
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
    const told = await inFolder(project, 'npm', 'run', 'check');
    expect(told)
      .to.match(/^FAIL +tests +npm test fails/m)
      .and.include('The plugin is not ready.');
  });
});
