/** The example plugins as strangers have them: beside the packed service, built, tested and checked by themselves, and installed. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  exampleFolder,
  exampleNames,
  ExampleWorkshop,
  manifestIn,
  NPM_QUIET,
  output,
} from './support/example-workshop.js';
import { ExampleRounds } from './support/example-rounds.js';
import { packedOnce } from './support/packed.js';

const run = promisify(execFile);

/** Loads all of them in one service; what they offer is chosen by nobody. */
const LOADS = `
import { startService } from 'mediamtx-camera-service/testing';
const service = await startService({ plugins: JSON.parse(process.argv[2]) });
try {
  console.log(JSON.stringify(await service.call('get_server_info', {}, 'viewer')));
} finally {
  await service.stop();
}
`;

const ROUNDS = 50;
/** The modules of each edition stay in memory, with what V8 knows of them. */
const MOST_BYTES_PER_ROUND = 1024 * 1024;
const publishedIn = ({ folder }: ExampleWorkshop): string => join(folder, 'packed');

interface Loaded {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly string[];
}

describe('examples of plugins', function () {
  this.timeout(300_000);
  const examples = exampleNames();
  const workshop = new ExampleWorkshop();
  before(() => workshop.install());
  after(() => workshop.remove());

  for (const example of examples) {
    it(`${example} passes its build, its tests and the check`, async () => {
      const folder = join(workshop.folder, example);
      const built = await workshop.build(example);
      expect(manifestIn(folder), `to be written by npm run examples:manifests; ${built}`).to.deep.equal(
        manifestIn(exampleFolder(example)),
      );
      const checked = await output(folder, 'npm', 'run', 'check');
      expect(checked.includes('The plugin can be published.'), checked).to.equal(true);
      expect(checked.match(/^.*--set.*$/m)?.[0], 'options that the check lacks').to.equal(undefined);
    });
  }

  it('are loaded from what they publish', async () => {
    const home = publishedIn(workshop);
    mkdirSync(home);
    for (const example of examples)
      await run('npm', ['pack', '--pack-destination', home], { cwd: join(workshop.folder, example) });
    const manifest = { name: 'home', version: '1.0.0', type: 'module', private: true };
    writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
    const packages = examples.map((example) => manifestIn(exampleFolder(example)));
    const files = packages.map(({ name, version }) => `./${name}-${version}.tgz`);
    await run('npm', ['install', ...NPM_QUIET, await packedOnce(), ...files], { cwd: home });
    writeFileSync(join(home, 'load.mjs'), LOADS);
    const names = packages.map(({ name }) => `./node_modules/${name}`);
    const told = await output(home, process.execPath, 'load.mjs', JSON.stringify(names));
    expect(told).to.match(/^\{/);
    const { plugins } = JSON.parse(told) as { readonly plugins: readonly Loaded[] };
    for (const {
      name,
      version,
      'camera-service': { provides },
    } of packages) {
      const loaded = plugins.find((plugin) => `${plugin.name}-camera-plugin` === name);
      expect(loaded?.version, told).to.equal(version);
      expect(loaded?.provides).to.have.members(provides.map((offer) => `${offer.port}/${offer.name}`));
    }
  });

  it(`two of them are upgraded and unloaded ${String(ROUNDS)} times under load, and leave nothing behind`, async () => {
    const rounds = await ExampleRounds.begin(join(publishedIn(workshop), 'node_modules'));
    try {
      await rounds.run(ROUNDS);
      const { handles, bytes } = rounds.measured;
      const half = Math.floor(ROUNDS / 2);
      const slope = ((bytes.at(-1) ?? 0) - (bytes[half] ?? 0)) / (ROUNDS - half - 1);
      console.log(`        · second half: ${(slope / 1024).toFixed(0)} KiB per round`);
      console.log(
        `        · handles: ${String(handles[1])} after two rounds, ${String(handles.at(-1))} at the end`,
      );
      expect(handles.at(-1)).to.be.lessThanOrEqual((handles[1] ?? 0) + 5);
      expect(slope).to.be.lessThan(MOST_BYTES_PER_ROUND);
      expect(await rounds.gapsOfOthers()).to.deep.equal([]);
    } finally {
      await rounds.end();
    }
  });
});
