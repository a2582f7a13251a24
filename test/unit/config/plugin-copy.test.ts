import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { copyPackage } from '../../../config/plugin-copy.js';

describe('the copy of a package that is loaded again', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'cs-copy-')));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('has its code behind links inside of it, and keeps links to elsewhere as links', async () => {
    const origin = join(dir, 'plugin');
    await mkdir(join(origin, 'lib'), { recursive: true });
    await mkdir(join(origin, 'node_modules'));
    await writeFile(join(origin, 'package.json'), '{}');
    await writeFile(join(origin, 'lib/index.js'), 'export default 1;');
    await writeFile(join(dir, 'elsewhere'), 'elsewhere');
    const links = {
      'main.js': 'lib/index.js',
      code: 'lib',
      outside: join(dir, 'elsewhere'),
      disk: '/',
      'lib/up': '..',
      'lib/same': '.',
      lost: join(dir, 'gone'),
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, join(origin, name));
    const found = { name: 'plugin', version: '1.0.0', isEsModule: true };
    const { folder, module } = await copyPackage(
      { ...found, folder: origin, module: join(origin, 'main.js') },
      join(dir, 'copy'),
    );
    expect(await readFile(module, 'utf8')).to.equal('export default 1;');
    expect(module).to.equal(join(folder, 'lib/index.js'));
    for (const file of ['main.js', 'code/index.js', 'lib/index.js'])
      expect((await lstat(join(folder, file))).isFile(), file).to.equal(true);
    expect(await readlink(join(folder, 'outside'))).to.equal(join(dir, 'elsewhere'));
    expect(await readlink(join(folder, 'disk'))).to.equal('/');
    for (const name of ['lib/up', 'lib/same'])
      expect((await lstat(join(folder, name))).isSymbolicLink()).to.equal(true);
    expect(await readdir(folder)).not.to.include('lost');
  });
});
