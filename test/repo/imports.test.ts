import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { ICruiseResult } from 'dependency-cruiser';
import * as support from './support/cruise.js';
import { cycle, packagesOfTree, plants, soundTree } from './support/planted-imports.js';
import { paths, root } from './support/tree.js';

const TWO_ADAPTERS = 'plugins/builtin/two.ts';

async function plantTree(baseDir: string, tree: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(tree)) {
    await mkdir(dirname(join(baseDir, file)), { recursive: true });
    await writeFile(join(baseDir, file), text);
  }
}

function installed(): Record<string, string> {
  const stubs = packagesOfTree.map(support.packageStub);
  return Object.assign({ 'package.json': support.repositoryManifest() }, ...stubs) as Record<string, string>;
}

function rulesThatSpeak(result: ICruiseResult, file: string): string[] {
  const mine = result.summary.violations.filter(({ from }) => from === file);
  return [...new Set(mine.map(({ rule }) => rule.name))];
}

describe('import rules', function () {
  this.timeout(180_000);

  describe('of this repository', () => {
    let result: ICruiseResult;
    before(async () => {
      result = await support.cruiseTree(root, [...support.LAYERS, 'test', 'docs']);
    });

    it('are kept', () => {
      expect(support.describeViolations(result)).to.deep.equal([]);
    });

    it('were checked for every file of every layer', () => {
      const seen = new Set(result.modules.map(({ source }) => source));
      const written = paths(/^(core|ports|adapters|plugins|config)\/.*\.ts$/);
      expect(written.length).to.be.greaterThan(100);
      expect(written.filter((path) => !seen.has(path))).to.deep.equal([]);
    });

    it('give each built-in plugin one adapter at most', () => {
      const crowded = [...support.adaptersOfPlugins(result)].filter(([, adapters]) => adapters.size > 1);
      expect(crowded.map(([plugin, adapters]) => `${plugin}: ${[...adapters].join(', ')}`)).to.deep.equal([]);
    });
  });

  describe('when broken on purpose', () => {
    let baseDir: string;
    let result: ICruiseResult;
    before(async () => {
      baseDir = await mkdtemp(join(tmpdir(), 'imports-'));
      const planted = Object.fromEntries(plants.map(({ file, text }) => [file, text]));
      const two = ['media-server/mediamtx', 'media-server/memory']
        .map((adapter) => `import '../../adapters/${adapter}/index.js';\n`)
        .join('');
      await plantTree(baseDir, { ...installed(), ...soundTree, ...planted, ...cycle, [TWO_ADAPTERS]: two });
      result = await support.cruiseTree(baseDir, [...support.LAYERS, 'test', 'docs']);
    });
    after(() => rm(baseDir, { recursive: true, force: true }));

    it('stay silent about what is allowed', () => {
      const loud = Object.keys(soundTree).filter((file) => rulesThatSpeak(result, file).length > 0);
      expect(loud.map((file) => [file, rulesThatSpeak(result, file)])).to.deep.equal([]);
    });

    for (const { rule, file } of plants) {
      it(`report ${rule}, and only that`, () => {
        expect(rulesThatSpeak(result, file)).to.deep.equal([rule]);
      });
    }

    it('report no-cycles, and only that', () => {
      expect(Object.keys(cycle).flatMap((file) => rulesThatSpeak(result, file))).to.include('no-cycles');
      expect(new Set(Object.keys(cycle).flatMap((file) => rulesThatSpeak(result, file))).size).to.equal(1);
    });

    it('count the adapters of a plugin', () => {
      expect(support.adaptersOfPlugins(result).get(TWO_ADAPTERS)?.size).to.equal(2);
    });

    it('are all planted', async () => {
      const tried = [...plants.map(({ rule }) => rule), 'no-cycles'];
      expect(tried.sort()).to.deep.equal((await support.ruleNames()).sort());
    });
  });
});
