import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkPlugin, type RunTests } from '../../../config/check-plugin.js';

const CODE = `export default {
  name: 'acme', apiVersion: 1,
  setup: (context) => context.provide('CameraProbe', 'acme', { create: () => ({}) }),
};`;
const MANIFEST = {
  apiVersion: '^1.0.0',
  provides: [{ port: 'CameraProbe', name: 'acme' }],
  capabilities: [],
};
const PASSED: RunTests = () =>
  Promise.resolve({ isGood: true, output: '▶ acme as a CameraProbe (12.5ms)\n' });

describe('the check of a plugin', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'check-plugin-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (manifest: object | undefined = MANIFEST, code: string | undefined = CODE): void => {
    const content = {
      name: 'acme',
      version: '1.2.3',
      type: 'module',
      main: 'dist/index.js',
      'camera-service': manifest,
    };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, undefined, 2)}\n`);
    mkdirSync(join(folder, 'dist'), { recursive: true });
    if (code !== '') writeFileSync(join(folder, 'dist/index.js'), code);
  };
  const findings = async (tests: RunTests = PASSED): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { isGood, what, text } of checkPlugin(folder, tests, new AbortController().signal))
      found.push(`${isGood ? 'ok' : 'FAIL'} ${what} ${text}`);
    return found;
  };

  it('finds everything good with a package that is', async () => {
    write();
    const [manifest, code, tests, contract, ...more] = await findings();
    expect(manifest).to.match(/^ok manifest version 1\.2\.3 for plugin API \^1\.0\.0/);
    expect(code).to.equal('ok code keeps to its manifest, provides CameraProbe/acme');
    expect(tests).to.equal('ok tests npm test passes');
    expect(contract).to.equal('ok contract CameraProbe/acme: its suite is run');
    expect(more).to.deep.equal([]);
  });

  for (const [what, prepare, expected] of [
    ['a folder without a package', () => undefined, /^FAIL manifest .*no package\.json/],
    [
      'a manifest that is not sound',
      () => write({ apiVersion: 'newest', provides: [] }),
      /^FAIL manifest .*apiVersion/,
    ],
    [
      'a manifest for another API',
      () => write({ ...MANIFEST, apiVersion: '^9.0.0' }),
      /^FAIL manifest .*\^9\.0\.0/,
    ],
    ['a package that is not built', () => write(MANIFEST, ''), /^FAIL manifest .*build (it|the)/],
  ] as const) {
    it(`stops at ${what}`, async () => {
      prepare();
      const found = await findings();
      expect(found).to.have.lengthOf(1);
      expect(found[0]).to.match(expected);
    });
  }

  it('stops at code that provides something else, and at code that throws', async () => {
    write({ ...MANIFEST, provides: [] });
    expect((await findings()).at(-1)).to.match(
      /^FAIL code .*differs from the code; run: camera-service plugin manifest/,
    );
    write(MANIFEST, 'throw new Error("no luck");');
    rmSync(join(folder, 'dist/index.js'));
    writeFileSync(join(folder, 'dist/index.mjs'), 'throw new Error("no luck");');
    const content = {
      name: 'acme',
      version: '1.2.3',
      type: 'module',
      main: 'dist/index.mjs',
      'camera-service': MANIFEST,
    };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, undefined, 2)}\n`);
    expect((await findings()).at(-1)).to.match(/^FAIL code .*no luck/);
  });

  it('tells of tests that fail, and of an adapter whose suite nobody runs', async () => {
    write();
    const found = await findings(() =>
      Promise.resolve({ isGood: false, output: 'other-acme as a CameraProbe\nacme as a CameraProbes\n' }),
    );
    expect(found.slice(2)).to.have.lengthOf(2);
    expect(found[2]).to.equal('FAIL tests npm test fails');
    expect(found[3]).to.match(/^FAIL contract CameraProbe\/acme: no run of its suite/);
  });

  it('gives up when it is asked to end', async () => {
    write();
    const reason = new Error('enough');
    const ended = checkPlugin(folder, PASSED, AbortSignal.abort(reason));
    const taken = (async () => {
      for await (const finding of ended) if (!finding.isGood) throw new Error(finding.text);
    })();
    expect(await taken.catch((error: unknown) => error)).to.equal(reason);
  });
});
