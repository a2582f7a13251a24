import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkPlugin, type CheckWork, type Finding, type RunTests } from '../../../config/check-plugin.js';

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

  const write = (
    manifest: object | undefined = MANIFEST,
    code: string | undefined = CODE,
    scripts: object | undefined = { test: 'node --test' },
  ): void => {
    const content = {
      name: 'acme',
      version: '1.2.3',
      type: 'module',
      main: 'dist/index.js',
      ...(scripts === undefined ? {} : { scripts }),
      'camera-service': manifest,
    };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, undefined, 2)}\n`);
    mkdirSync(join(folder, 'dist'), { recursive: true });
    if (code !== '') writeFileSync(join(folder, 'dist/index.js'), code);
  };
  const checked = async (work: CheckWork): Promise<readonly Finding[]> => {
    const found: Finding[] = [];
    for await (const finding of checkPlugin(folder, work, new AbortController().signal)) found.push(finding);
    return found;
  };
  const findings = async (runTests: RunTests = PASSED): Promise<readonly string[]> =>
    (await checked({ runTests })).map(({ verdict, what, subject, title, reason }) =>
      [verdict, what, subject, reason ?? title].filter((part) => part !== undefined).join(' '),
    );

  it('finds everything good with a package that is', async () => {
    write();
    const [manifest, code, tests, contract, ...more] = await findings();
    expect(manifest).to.match(/^ok manifest version 1\.2\.3 for plugin API \^1\.0\.0/);
    expect(code).to.equal('ok code keeps to its manifest, provides CameraProbe/acme');
    expect(tests).to.equal('ok tests npm test');
    expect(contract).to.equal('ok contract CameraProbe/acme its suite is run');
    expect(more).to.deep.equal([]);
  });

  for (const [what, prepare, expected] of [
    ['a folder without a package', () => undefined, /^failed manifest .*no package\.json/],
    [
      'a manifest that is not sound',
      () => write({ apiVersion: 'newest', provides: [] }),
      /^failed manifest .*apiVersion/,
    ],
    [
      'a manifest for another API',
      () => write({ ...MANIFEST, apiVersion: '^9.0.0' }),
      /^failed manifest .*\^9\.0\.0/,
    ],
    ['a package that is not built', () => write(MANIFEST, ''), /^failed manifest .*build (it|the)/],
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
      /^failed code .*differs from the code; run: camera-service plugin manifest/,
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
    expect((await findings()).at(-1)).to.match(/^failed code .*no luck/);
  });

  it('tells of tests that fail, and of an adapter whose suite nobody runs', async () => {
    write();
    const found = await findings(() =>
      Promise.resolve({ isGood: false, output: 'other-acme as a CameraProbe\nacme as a CameraProbes\n' }),
    );
    expect(found.slice(2)).to.have.lengthOf(2);
    expect(found[2]).to.equal('failed tests it fails');
    expect(found[3]).to.match(/^failed contract CameraProbe\/acme no run of it is seen/);
  });

  it('says that there are no tests, and misses the run of the suite', async () => {
    const never: RunTests = () => Promise.reject(new Error('it ran tests that are not there'));
    for (const scripts of [{}, { test: 'echo "Error: no test specified" && exit 1' }]) {
      write(MANIFEST, CODE, scripts);
      const found = await findings(never);
      expect(found.slice(2)).to.deep.equal([
        'n/a tests the package has none: there is no script "test" in its package.json',
        'failed contract CameraProbe/acme no test runs it; see the page of the port',
      ]);
    }
  });

  it('tells of each trial as it is made, hands on the options that were made up, and then runs the service', async () => {
    write();
    const told: string[] = [];
    const found = await checked({
      tryAdapter: (_folder, adapter, { onRow }) => {
        onRow({ adapter, what: 'first', verdict: 'ok' });
        onRow({ adapter, what: 'second', verdict: 'failed', reason: 'it hangs' });
        return Promise.resolve({ rows: [], options: { settings: { 'CameraProbe/acme.word': 'x' } } });
      },
      tryService: async function* ({ version }, settings) {
        yield { what: `runs ${version} with ${JSON.stringify(settings)}`, verdict: 'ok' };
      },
      progress: (text) => told.push(text),
    });
    expect(found.slice(2)).to.deep.equal([
      { verdict: 'ok', what: 'matrix', subject: 'CameraProbe/acme', title: 'first' },
      { verdict: 'failed', what: 'matrix', subject: 'CameraProbe/acme', title: 'second', reason: 'it hangs' },
      { verdict: 'ok', what: 'service', title: 'runs 1.2.3 with {"CameraProbe/acme.word":"x"}' },
    ]);
    expect(told).to.have.lengthOf(2);
  });

  it('does not run the service when an option is missing that cannot be made up', async () => {
    write();
    const lacking = 'CameraProbe/acme needs its option url';
    const found = await checked({
      tryAdapter: () => Promise.resolve({ rows: [], options: { settings: {}, lacking } }),
      tryService: () => {
        throw new Error('it ran');
      },
    });
    expect(found.at(-1)).to.deep.equal({
      verdict: 'n/a',
      what: 'service',
      title: 'the running service',
      reason: lacking,
    });
  });

  it('fails when an adapter cannot be tried at all', async () => {
    write();
    const cause = new Error('no process');
    const checking = checked({ tryAdapter: () => Promise.reject(cause) });
    expect(await checking.catch((error: unknown) => error)).to.equal(cause);
  });

  it('gives up when it is asked to end', async () => {
    write();
    const reason = new Error('enough');
    const ended = checkPlugin(folder, { runTests: PASSED }, AbortSignal.abort(reason));
    const taken = (async () => {
      for await (const { reason: why } of ended) if (why !== undefined) throw new Error(why);
    })();
    expect(await taken.catch((error: unknown) => error)).to.equal(reason);
  });
});
