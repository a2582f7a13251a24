/** The package as others get it: packed, installed in an empty folder, used for a plugin, run. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { blocks, isExternal, links, resolveLink } from '../repo/support/markdown.js';
import { packageFile, read } from '../repo/support/tree.js';
import { until } from '../worlds/media.js';
import { isolation, pickPorts, type ServicePorts } from '../worlds/service.js';
import { TRANSPORT_TEST } from './support/foreign-transport.js';
import { startInstalled } from './support/installed.js';
import { packedOnce } from './support/packed.js';

const run = promisify(execFile);
const GUIDE = 'docs/guides/write-a-plugin.md';
const TOOLS = ['typescript', '@types/node', 'mocha', '@types/mocha', 'chai'];
const MEMORY = ['camera_probe', 'frame_grabber', 'capture', 'media_server', 'media_tool'];

describe('the package', function () {
  this.timeout(180_000);
  let folder: string;
  let cameras: string;
  let ports: ServicePorts;

  const inFolder = async (command: string, ...args: readonly string[]): Promise<string> =>
    (await run(command, args, { cwd: folder, maxBuffer: 16 * 1024 * 1024 })).stdout;

  /** What a command needs to know of the installed service: whereabouts, and that its cameras come from the plugin. */
  const settings = (): readonly string[] => {
    const values: Readonly<Record<string, string>> = {
      ...isolation(join(folder, 'data'), ports),
      'plugins.load': '.',
      'plugins.config': JSON.stringify([
        { adapter: 'DeviceEventSource/folder', folder: cameras, kind: 'memory' },
      ]),
      'adapters.device_event_source': 'folder',
      ...Object.fromEntries(MEMORY.map((port) => [`adapters.${port}`, 'memory'])),
    };
    return Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  };
  const bin = (): string => join(folder, 'node_modules/.bin/camera-service');

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cs-pack-')));
    cameras = join(folder, 'cameras');
    ports = await pickPorts();
    for (const path of [cameras, join(folder, 'data')]) mkdirSync(path);
    const manifest = { name: 'somebody-elses-plugin', version: '1.0.0', type: 'module', private: true };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const { devDependencies } = packageFile();
    const tools = TOOLS.map((name) => `${name}@${devDependencies[name] ?? ''}`);
    const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await inFolder('npm', 'install', ...quiet, await packedOnce(), ...tools);
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds what is needed to run, and no sources', async () => {
    const there = await inFolder('find', 'node_modules/mediamtx-camera-service', '-type', 'f');
    const names = there.split('\n').map((path) => path.replace('node_modules/mediamtx-camera-service/', ''));
    const programs = ['dist/camera-service.mjs', 'dist/camera-service-plugin.mjs'];
    for (const name of ['README.md', 'LICENSE', ...programs, 'config/profiles/production.yaml'])
      expect(names).to.include(name);
    expect(names.filter((name) => /\.ts$/.test(name) && !name.endsWith('.d.ts'))).to.deep.equal([]);
    // Templates are meant to become tests and hidden files of others.
    const own = names.filter((name) => !/^config\/templates\/.*\.template$/.test(name));
    expect(own.filter((name) => /\.test\.|\.map$|\.stamp$|(^|\/)\./.test(name))).to.deep.equal([]);
  });

  it('brings the pages that its README and its documents lead to, except sources', async () => {
    const inside = join(folder, 'node_modules/mediamtx-camera-service');
    const { stdout } = await run('find', ['.', '-name', '*.md', '-printf', '%P\\n'], { cwd: inside });
    const lost = stdout
      .split('\n')
      .filter((page) => page !== '')
      .flatMap((page) =>
        links(readFileSync(join(inside, page), 'utf8'))
          .filter(({ target }) => !isExternal(target))
          .map(({ target }) => ({ page, path: resolveLink(page, target).path })),
      )
      .filter(
        ({ page, path }) => !existsSync(join(inside, path)) && (page === 'README.md' || !isSource(path)),
      );
    expect(lost).to.deep.equal([]);
  });

  it('may be published, and brings what it needs', () => {
    const manifest = JSON.parse(
      readFileSync(join(folder, 'node_modules/mediamtx-camera-service/package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(manifest).not.to.have.property('private');
    for (const key of ['exports', 'bin', 'engines', 'license', 'peerDependencies', 'camera-service'])
      expect(manifest).to.have.property(key);
    const { exports } = manifest as { exports: Record<string, Record<string, string>> };
    const targets = Object.values(exports).flatMap((entry) => Object.values(entry));
    const inside = join(folder, 'node_modules/mediamtx-camera-service');
    const isThere = (target: string): boolean =>
      existsSync(join(inside, target.includes('*') ? dirname(target) : target));
    expect(targets.filter((target) => target.startsWith('./') && !isThere(target))).to.deep.equal([]);
  });

  it('is enough to write a plugin that passes the contract of its port', async () => {
    const samples = blocks(read(GUIDE)).filter(({ marks }) => marks[0] === 'package');
    const files = samples.map(({ marks }) => marks[1] ?? '');
    expect(files).to.deep.equal(['folder-source.ts', 'folder-source.test.ts', 'package.json']);
    samples.forEach(({ text, marks }) => {
      writeFileSync(join(folder, marks[1] ?? ''), text);
    });
    const commands = blocks(read(GUIDE)).find(({ language, text }) => language === 'sh' && /tsc/.test(text));
    const output = await inFolder('sh', '-ec', commands?.text ?? 'false').catch(said);
    expect(output)
      .to.match(/\b1\d passing\b/)
      .and.not.match(/\b(failing|pending)\b/);
  });

  it('has all types with which the contract of a transport is run', async () => {
    const project = join(folder, 'transport');
    mkdirSync(project);
    writeFileSync(join(project, 'deaf.test.ts'), TRANSPORT_TEST);
    const strict = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--types', 'node,mocha'];
    const output = await inFolder('npx', 'tsc', ...strict, join(project, 'deaf.test.ts'))
      .then(() => inFolder('npx', 'mocha', join(project, 'deaf.test.js')))
      .catch(said);
    expect(output)
      .to.match(/\b1\d passing\b/)
      .and.not.match(/\b(failing|pending)\b/);
  });

  it('writes the manifest of the plugin, and the doctor vouches for it', async () => {
    const command = blocks(read(GUIDE)).find(({ marks }) => marks[0] === 'manifest')?.text ?? 'false';
    expect(await inFolder('sh', '-ec', command)).to.match(/written, DeviceEventSource\/folder/);
    expect(await inFolder('sh', '-ec', `${command.trim()} --check`)).to.match(/up to date/);
    const told = await inFolder(bin(), 'doctor', ...settings()).catch(said);
    expect(told).to.match(
      /ok +plugin \. .*folder-source\.js, provides DeviceEventSource\/folder; its code matches/,
    );
    expect(told).not.to.include('npm start');
  });

  it('offers nothing but what it promises', async () => {
    const look =
      "import('mediamtx-camera-service/dist/lib/ports/index.js').catch((e) => console.log(e.code))";
    expect(await inFolder('node', '-e', look)).to.equal('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });

  it('runs, with the cameras of the plugin', async () => {
    const service = startInstalled(bin(), ['run', ...settings()], folder);
    try {
      writeFileSync(join(cameras, 'gate'), '');
      const list = async (): Promise<string> =>
        (await run(bin(), ['call', 'get_camera_list', ...settings()], { cwd: folder })).stdout;
      const seen = async (): Promise<boolean> => {
        const text = await list().catch(() => '{}');
        const { cameras: found = [] } = JSON.parse(text) as { cameras?: { name: string; status: string }[] };
        return found.some(({ name, status }) => name === 'gate' && status === 'CONNECTED');
      };
      await until('camera of the plugin', seen, 20_000);
    } finally {
      const { code, output } = await service.stop();
      expect(code, output).to.equal(0);
    }
  });
});

/** Documents explain sources of the repository, which the package leaves out. */
function isSource(path: string): boolean {
  return /^(adapters|config|core|docs\/generate|plugins|ports|test)(\/|$)|^[.][\w-]+[.](cjs|json)$/.test(
    path,
  );
}

/** What a command wrote that ended with an error. */
function said(error: unknown): string {
  const { message, stdout } = error as { message: string; stdout: string };
  return `${message}\n${stdout}`;
}
