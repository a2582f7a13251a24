/** `plugin check`: sound adapters get through it, and each way of being unsound is found by the row that is meant for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Finding } from '../../../config/check-plugin.js';
import type { Row } from '../../../config/trial/row.js';
import { tryAdapter } from '../../../config/trial/trials.js';
import { plainEnv, serviceBundle } from '../../worlds/service.js';

const PLUGIN = join(import.meta.dirname, '../../worlds/checked-plugin.mjs');

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Document {
  readonly isReady: boolean;
  readonly leftOut: readonly string[];
  readonly findings: readonly Finding[];
}

/** Which row finds which adapter, and what it says. */
const UNSOUND: readonly (readonly [adapter: string, row: string, reason: RegExp])[] = [
  ['Transport/deaf-start', 'start with a signal that has aborted', /resolved although/],
  ['Transport/own-error', 'start with a signal that has aborted', /must be the reason of the signal/],
  ['Transport/once', 'stop twice, also at the same time', /^$/],
  ['Transport/once', 'start again after a stop', /TypeError: spent/],
  ['Transport/leaks', 'leaves nothing open after stop', /1 × Timeout/],
  ['Transport/late-error', 'stop without a start', /uncaught: Error: nobody waits/],
  ['Transport/early-address', 'addresses before start and after stop', /empty list before start/],
  ['DeviceEventSource/shared', 'watch while it is watched already', /must throw a TypeError/],
  ['DeviceEventSource/throwing', 'watch that is given up midway', /it must end/],
  ['DeviceEventSource/bounded', 'option poll_ms at its bounds', /with 50: create threw RangeError/],
  ['CameraProbe/deaf', 'probe that is given up midway', /did not end within/],
  ['CameraProbe/deaf', 'probe 20 times at once, all given up', /did not end within/],
  ['CameraProbe/uncoded', 'probe for a device that is not there', /must throw a PortError/],
  ['AuthProvider/open', 'authenticate with credentials that nobody has issued', /let a credential in/],
  ['AuthProvider/telling', 'authenticate with credentials that nobody has issued', /contains the credential/],
];

describe('plugin check', function () {
  this.timeout(300_000);
  let folder: string;
  let bundle: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-check-'));
    bundle = await serviceBundle();
    mkdirSync(join(folder, 'src'));
    copyFileSync(PLUGIN, join(folder, 'src/index.mjs'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (adapters: string, ...words: readonly string[]): Promise<Answer> => {
    const env = { ...plainEnv(), CHECKED_ADAPTERS: adapters };
    const child = spawn(process.execPath, [bundle, 'plugin', ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    return { code, out, err };
  };
  /** A package whose manifest has these adapters. */
  const packageOf = async (adapters: string, test?: string): Promise<void> => {
    const about = { name: 'checked', version: '1.0.0', type: 'module', main: 'src/index.mjs' };
    const scripts = test === undefined ? {} : { scripts: { test } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, ...scripts }));
    expect((await run(adapters, 'manifest', folder)).code).to.equal(0);
  };

  it('lets sound adapters through, with the tests of the package and the service', async () => {
    const title = (port: string): string => `echo 'sound as a ${port}'`;
    await packageOf(
      'sound',
      ['Transport', 'DeviceEventSource', 'CameraProbe', 'AuthProvider'].map(title).join(';'),
    );
    const { code, out, err } = await run('sound', 'check', folder);
    expect(code, out + err).to.equal(0);
    expect(out).to.match(/^ok {4}contract {2}AuthProvider\/sound: its suite is run$/m);
    expect(out).to.match(/^n\/a {3}matrix {4}CameraProbe\/sound: \d+ rows – it has neither start nor stop$/m);
    expect(out.match(/^ok {4}service/gm)).to.have.lengthOf(8);
    expect(out).to.match(/ 0 failed, \d+ not applicable\. The plugin can be published\./);
    expect(err).to.include('…  running npm test').and.include('…  misusing Transport/sound');
  });

  describe('finds', () => {
    let answer: Answer;
    let document: Document;
    before(async () => {
      const names = UNSOUND.map(([adapter]) => adapter.split('/')[1]).join(',');
      await packageOf(names);
      answer = await run(names, 'check', folder, '--json', '--only', 'matrix');
      document = JSON.parse(answer.out) as Document;
    });

    it('that a plugin is not ready, and says what was left out', () => {
      expect(answer.code).to.equal(1);
      expect(document.isReady).to.equal(false);
      expect(document.leftOut).to.deep.equal(['tests', 'service']);
    });

    for (const [adapter, row, reason] of UNSOUND)
      it(`${adapter}: ${row}`, () => {
        const found = document.findings.find(({ subject, title }) => subject === adapter && title === row);
        expect(found?.reason ?? '').to.match(reason);
        expect(found?.verdict).to.equal(reason.source === '^$' ? 'ok' : 'failed');
      });

    it('nothing where there is nothing', () => {
      const guilty = new Set(
        UNSOUND.filter(([, , reason]) => reason.source !== '^$').map(([adapter]) => adapter),
      );
      const rows = document.findings.filter(({ what }) => what === 'matrix');
      expect(
        new Set(rows.filter(({ verdict }) => verdict === 'failed').map(({ subject }) => subject)),
      ).to.deep.equal(guilty);
      // One leaves an error behind with each stop, whatever was tried before.
      const behindGuard = rows.filter(
        ({ title, verdict }) => title.includes('misbehaves') && verdict === 'failed',
      );
      expect(behindGuard.map(({ subject }) => subject)).to.deep.equal(['Transport/late-error']);
    });
  });

  for (const [name, how] of [
    ['deadly', /ended its process \(SIGKILL\)/],
    ['busy', /blocked its process for 4 s/],
  ] as const)
    it(`goes on in another process when an adapter takes its process down: ${name}`, async () => {
      await packageOf(name);
      const words = (adapter: string, from: number): readonly string[] => [
        bundle,
        'plugin',
        'trial',
        folder,
        adapter,
        String(from),
      ];
      const env = { ...plainEnv(), CHECKED_ADAPTERS: name };
      const rows: Row[] = [];
      const given = { onRow: (row: Row) => void rows.push(row), signal: new AbortController().signal };
      const tried = await tryAdapter(`Transport/${name}`, { env, words, limitMs: 4_000 }, given);
      expect(rows).to.deep.equal(tried.rows);
      const lost = rows.filter(({ reason }) => how.test(reason ?? ''));
      expect(lost.map(({ what }) => what)).to.deep.equal(['start with a signal that has aborted']);
      expect(rows.find(({ what }) => what === 'start twice')?.verdict).to.equal('ok');
    });

  it('gives up with the reason of its signal', async () => {
    await packageOf('sound');
    const reason = new Error('enough');
    const words = (adapter: string): readonly string[] => [bundle, 'plugin', 'trial', folder, adapter, '0'];
    const abort = new AbortController();
    const trying = tryAdapter(
      'Transport/sound',
      { env: { ...plainEnv(), CHECKED_ADAPTERS: 'sound' }, words },
      { onRow: () => abort.abort(reason), signal: abort.signal },
    );
    expect(await trying.catch((cause: unknown) => cause)).to.equal(reason);
  });

  it('says why an adapter cannot be tried at all', async () => {
    const words = (): readonly string[] => [
      bundle,
      'plugin',
      'trial',
      join(folder, 'nowhere'),
      'Transport/x',
      '0',
    ];
    const trying = tryAdapter(
      'Transport/x',
      { env: plainEnv(), words },
      { onRow: () => undefined, signal: new AbortController().signal },
    );
    const cause = await trying.catch((error: unknown) => error as Error);
    expect(cause).to.have.property('code', 'TOOL_FAILED');
    expect((cause as Error).message).to.include('there is no such file');
  });

  it('explains its rows', async () => {
    const { out } = await run('sound', 'check', '--help');
    expect(out)
      .to.match(/--only <part\.\.\.>/)
      .and.match(/--json/)
      .and.match(/n\/a \(not applicable/);
  });
});
