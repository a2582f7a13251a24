import { expect } from 'chai';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { formatDoctor, runDoctor, type DoctorOptions } from '../../../config/setup/doctor.js';
import { createWorld, type InstallerWorld } from './installer-world.js';

describe('doctor', () => {
  let world: InstallerWorld;
  let healthy: DoctorOptions;
  beforeEach(async () => {
    world = await createWorld();
    world.env['PATH'] = path.join(world.folder, 'bin');
    plantFfmpeg(world, '--enable-gpl --enable-libx264');
    world.program(world.cached, 'v1.20.1');
    const devices = path.join(world.folder, 'dev');
    mkdirSync(devices);
    healthy = {
      env: world.env,
      root: process.cwd(),
      directories: [{ key: 'storage.recordings_dir', path: path.join(world.folder, 'not/yet/there') }],
      ports: [],
      nodeVersion: '20.19.0',
      deviceFolder: devices,
    };
  });
  afterEach(() => world.dispose());

  const lineOf = async (options: DoctorOptions, component: string) => {
    const { lines, ok } = await runDoctor(options);
    return { ...lines.find((line) => line.component === component), ok };
  };

  it('says where everything is when nothing is missing, and asks no network', async () => {
    const { lines, ok } = await runDoctor(healthy);
    expect(ok, formatDoctor(lines)).to.equal(true);
    const text = formatDoctor(lines);
    expect(text).to.match(/^ok +ffmpeg +5\.1\.9, .*with libx264$/m);
    expect(text).to.match(/^ok +mediamtx +v1\.20\.1, .*\(cache\)$/m);
    expect(text).to.match(/^ok +node +v20\.19\.0/m);
    expect(text).to.match(/^(ok|warning) +storage\.recordings_dir .*GiB free/m);
    expect(text).to.match(/^ok +koffi +\d/m);
    expect(world.requests).to.deep.equal([]);
  });

  it('names stored documents that are damaged, of another kind or kept aside, and the remedy', async () => {
    const stateFolder = path.join(world.folder, 'state');
    const line = () => lineOf({ ...healthy, stateFolder }, 'stored documents');
    expect(await line()).to.include({ state: 'ok', found: 'none yet', ok: true });
    mkdirSync(stateFolder);
    writeFileSync(path.join(stateFolder, 'auth.api-keys.json'), '{"version":1,"keys":[]}');
    expect(await line()).to.include({ state: 'ok', ok: true });
    writeFileSync(path.join(stateFolder, 'auth.api-keys.corrupt-1'), '{');
    expect(await line()).to.include({ state: 'warning', ok: true });
    writeFileSync(path.join(stateFolder, 'auth.jwt-secret.json'), '{"secret":"hunter2');
    mkdirSync(path.join(stateFolder, 'files.notes.json'));
    const { found, remedy, ...rest } = await line();
    expect(rest).to.include({ state: 'missing', ok: false });
    expect(found)
      .to.match(/auth\.jwt-secret\.json is damaged/)
      .and.match(/files\.notes\.json is not a file/);
    expect(found).not.to.include('hunter2');
    expect(remedy).to.include(stateFolder);
  });

  it('names options that do not fit this machine', async () => {
    const faultsOfOptions = [{ key: 'jwt.key_file', rule: '/x does not exist' }];
    expect(await lineOf({ ...healthy, faultsOfOptions }, 'jwt.key_file')).to.include({
      state: 'missing',
      found: '/x does not exist',
      ok: false,
    });
  });

  it('names the command for a missing ffmpeg', async () => {
    const line = await lineOf({ ...healthy, env: { ...world.env, PATH: '' } }, 'ffmpeg');
    expect(line).to.deep.include({ state: 'missing', ok: false });
    expect(line.remedy).to.contain('ffmpeg');
  });

  it('warns of an ffmpeg that is too old, whoever numbered it', async () => {
    const versions: readonly (readonly [string, string])[] = [
      ['4.2.7-0ubuntu0.1', 'warning'],
      ['n3.4', 'warning'],
      ['4.3.9-0+deb11u1', 'ok'],
      ['4.4.2-0ubuntu0.22.04.1', 'ok'],
      ['n6.0', 'ok'],
      ['7.1.1-1+b1', 'ok'],
      ['7:10.0', 'ok'],
      ['N-47683-g0e8eb07980-static', 'ok'],
      ['git-2020-01-01-abc', 'ok'],
    ];
    for (const [version, state] of versions) {
      plantFfmpeg(world, '--enable-gpl --enable-libx264', version);
      expect(await lineOf(healthy, 'ffmpeg'), version).to.deep.include({ state });
    }
  });

  it('misses libx264', async () => {
    plantFfmpeg(world, '--enable-gpl');
    const line = await lineOf(healthy, 'ffmpeg');
    expect(line).to.deep.include({ state: 'missing', ok: false });
    expect(line.found).to.contain('without libx264');
  });

  it('says how to have a missing MediaMTX, and refuses an old one', async () => {
    const none = { ...world.env, XDG_CACHE_HOME: path.join(world.folder, 'empty') };
    const missing = await lineOf({ ...healthy, env: none }, 'mediamtx');
    expect(missing).to.deep.include({ state: 'missing', ok: false });
    expect(missing.remedy).to.contain('npm start');
    // The folder of an installed package, where there is no such command.
    writeFileSync(path.join(world.folder, 'package.json'), readFileSync('package.json'));
    const installed = await lineOf({ ...healthy, env: none, root: world.folder }, 'mediamtx');
    expect(installed.remedy).to.contain('MEDIAMTX_BIN').and.not.contain('npm start');
    const old = { ...world.env, MEDIAMTX_BIN: world.program(path.join(world.folder, 'old'), 'v1.15.0') };
    const refused = await lineOf({ ...healthy, env: old }, 'mediamtx');
    expect(refused.found).to.contain('older than v1.15.6');
  });

  it('does not ask for MediaMTX when it runs elsewhere', async () => {
    const { lines } = await runDoctor({ ...healthy, managedMediaServer: false });
    expect(lines.map(({ component }) => component)).to.not.include('mediamtx');
  });

  it('warns of another version of MediaMTX and stays content', async () => {
    const env = { ...world.env, MEDIAMTX_BIN: world.program(path.join(world.folder, 'other'), 'v1.18.2') };
    expect(await lineOf({ ...healthy, env }, 'mediamtx')).to.deep.include({ state: 'warning', ok: true });
  });

  it('refuses an old Node', async () => {
    const line = await lineOf({ ...healthy, nodeVersion: '18.20.4' }, 'node');
    expect(line).to.deep.include({ state: 'missing', ok: false });
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(line.remedy).to.equal(`install Node ${engines.node}`);
  });

  it('names the key of a folder that cannot be written', async () => {
    const directories = [{ key: 'storage.recordings_dir', path: '/proc/recordings' }];
    const line = await lineOf({ ...healthy, directories }, 'storage.recordings_dir');
    expect(line).to.deep.include({ state: 'missing', ok: false });
    expect(line.remedy).to.contain('storage.recordings_dir');
  });

  it('names the holder and the key of a taken port', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ports = [{ key: 'server.port', port, host: '127.0.0.1' }];
    const taken = await lineOf({ ...healthy, ports }, `port ${port}`);
    await new Promise((resolve) => server.close(resolve));
    expect(taken).to.deep.include({ state: 'missing', ok: false });
    expect(taken.found).to.contain(`pid ${process.pid}`);
    expect(taken.remedy).to.contain('server.port');
    expect(await lineOf({ ...healthy, ports }, `port ${port}`)).to.deep.include({
      state: 'ok',
      found: 'free',
    });
  });

  it('says what a native package is for that is not installed, and whether a chosen adapter needs it', async () => {
    writeFileSync(path.join(world.folder, 'package.json'), '{"engines": {"node": ">=20.19.0"}}');
    const without = { ...healthy, root: world.folder };
    const chosen = ['DeviceEventSource/udev', 'FrameGrabber/ffmpeg'];
    expect(await lineOf({ ...without, chosen }, 'koffi')).to.deep.include({
      state: 'warning',
      ok: true,
      found: 'not installed; needed for USB cameras by DeviceEventSource/udev',
      remedy: 'where this package is installed, run: npm install koffi@3',
    });
    const unused = await lineOf({ ...without, chosen }, '@julusian/jpeg-turbo');
    expect(unused).to.include({ state: 'ok', found: 'not installed; no selected adapter needs it' });
  });

  it('says that a native package does not load', async () => {
    writeFileSync(path.join(world.folder, 'package.json'), '{"engines": {"node": ">=20.19.0"}}');
    mkdirSync(path.join(world.folder, 'node_modules/koffi'), { recursive: true });
    writeFileSync(path.join(world.folder, 'node_modules/koffi/index.js'), 'process.dlopen({}, "none");');
    const line = await lineOf({ ...healthy, root: world.folder }, 'koffi');
    expect(line).to.include({ state: 'warning' });
    expect(line.found).to.match(/^not usable: /);
  });

  it('lists the video devices', async () => {
    writeFileSync(path.join(world.folder, 'dev/video0'), '');
    writeFileSync(path.join(world.folder, 'dev/videos'), '');
    const line = await lineOf(healthy, 'video devices');
    expect(line.found).to.equal(path.join(world.folder, 'dev/video0'));
  });
});

function plantFfmpeg(world: InstallerWorld, configuration: string, version = '5.1.9'): void {
  const file = path.join(world.folder, 'bin/ffmpeg');
  writeFileSync(
    file,
    `#!/bin/sh\necho "ffmpeg version ${version} Copyright"\necho "configuration: ${configuration}"\n`,
  );
  chmodSync(file, 0o755);
}
