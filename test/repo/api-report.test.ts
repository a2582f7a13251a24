import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeTypes, emitTypes } from '../../docs/generate/api-reports.js';
import { packageFile, paths, read, root } from './support/tree.js';

describe('the reports of the public types', function () {
  this.timeout(120_000);
  let types: string;

  before(async () => {
    mkdirSync(join(root, '.cache'), { recursive: true });
    types = mkdtempSync(join(root, '.cache/api-test-'));
    await emitTypes(root, types);
  });
  after(() => {
    rmSync(types, { recursive: true, force: true });
  });

  /** The reports that differ when one declaration is another one. */
  const changedBy = (file: string, change: (text: string) => string): string[] => {
    const path = join(types, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    expect(after, 'the planted change').not.to.equal(before);
    writeFileSync(path, after);
    try {
      const reports = describeTypes(root, types);
      return Object.keys(reports).filter((name) => reports[name] !== read(`docs/reference/api/${name}`));
    } finally {
      writeFileSync(path, before);
    }
  };

  it('are up to date; npm run docs writes them', () => {
    for (const [name, text] of Object.entries(describeTypes(root, types)))
      expect(text, name).to.equal(read(`docs/reference/api/${name}`));
  });

  it('have one for each sub-path of the package', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
    const wanted = Object.keys(exports)
      .filter((path) => path !== './package.json')
      .map((path) => `docs/reference/api/${path.replace(/^\.\//, '').replace('/*', '')}.api.md`);
    expect(paths(/^docs\/reference\/api\//).sort()).to.deep.equal(wanted.sort());
  });

  it('would notice a member that a port loses, in each sub-path where it is seen', () => {
    const reports = changedBy('ports/capture.d.ts', (text) => text.replace(/readonly sequence: number;/, ''));
    expect(reports).to.include.members(['ports.api.md', 'plugin-api.api.md', 'contract.api.md']);
  });

  it('would notice a world that asks for more', () => {
    const more = (text: string): string =>
      text.replace('interface DeviceWorld {', 'interface DeviceWorld {\n    more(): void;');
    // Broken adapters come in worlds.
    expect(changedBy('test/contract/device-event-source.contract.d.ts', more)).to.have.members([
      'contract.api.md',
      'testing.api.md',
    ]);
  });

  it('are made by the compiler that the types are checked with', () => {
    const extractor = JSON.parse(read('node_modules/@microsoft/api-extractor/package.json')) as {
      dependencies: Record<string, string>;
    };
    expect(extractor.dependencies['typescript']).to.equal(packageFile().devDependencies['typescript']);
  });
});
