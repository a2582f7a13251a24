/** The contract suites, with our adapters in memory and with a broken one, by each test runner that they are for. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { root } from '../../repo/support/tree.js';

const run = promisify(execFile);
const here = 'test/integration/runners';
const bin = (name: string): string => join(root, 'node_modules', name);
/** Suites that find their runner among the globals. */
const FILES = readdirSync(join(root, 'test/contract'))
  .filter((name) => /\.(memory|manual)\.test\.ts$/.test(name))
  .map((name) => join(root, 'test/contract', name));

type What = 'sound' | 'broken';
interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

const RUNNERS: Readonly<Record<string, (what: What) => Promise<Outcome>>> = {
  mocha: async (what) => {
    const options = ['--no-config', '--no-package', '--reporter', 'json', '--timeout', '30000'];
    const files = [...(what === 'sound' ? FILES : []), `${here}/by-mocha.ts`];
    const output = await node([bin('mocha/bin/mocha.js'), ...options, ...files], what);
    const { passes, failures } = jsonIn(output) as Record<'passes' | 'failures', { title: string }[]>;
    return { passed: passes.map(({ title }) => title), failed: failures.map(({ title }) => title) };
  },
  vitest: async (what) => {
    const files = [...(what === 'sound' ? FILES : []), `${here}/by-vitest.ts`].join(':');
    const options = ['run', '--config', `${here}/vitest.config.cjs`, '--reporter=json'];
    const output = await node([bin('vitest/vitest.mjs'), ...options], what, { FILES: files });
    const { testResults } = jsonIn(output) as {
      testResults: { assertionResults: { title: string; status: string }[] }[];
    };
    const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
    const titles = (wanted: string): string[] =>
      cases.filter(({ status }) => status === wanted).map(({ title }) => title);
    return { passed: titles('passed'), failed: titles('failed') };
  },
  'node:test': async (what) => {
    const files = what === 'sound' ? FILES : [];
    const output = await node(['--test-reporter=tap', `${here}/by-node-test.ts`, what, ...files], what);
    const titles = (wanted: string): string[] =>
      [...output.matchAll(new RegExp(`^ *${wanted} \\d+ - (\\[.*)$`, 'gm'))].map(([, title = '']) => title);
    return { passed: titles('ok'), failed: titles('not ok') };
  },
};

describe('contract suites run by', function () {
  this.timeout(180_000);
  const rules = (titles: readonly string[]): string[] =>
    titles.map((title) => /^\[[a-z0-9-]+\]/.exec(title)?.[0] ?? title).sort();
  let expected: readonly string[] = [];

  for (const [name, outcomeOf] of Object.entries(RUNNERS)) {
    it(`${name}: every case that applies passes, the same ones as by the others`, async () => {
      const { passed, failed } = await outcomeOf('sound');
      expect(failed).to.deep.equal([]);
      expect(passed.length).to.be.above(300);
      expect(rules(passed)).not.to.include('[file-range]');
      if (expected.length === 0) expected = rules(passed);
      expect(rules(passed)).to.deep.equal(expected);
    });

    it(`${name}: what a broken adapter breaks fails, also what never ends`, async () => {
      const { failed } = await outcomeOf('broken');
      expect(rules(failed)).to.include.members(['[declares]', '[ends-on-abort]']);
    });
  }
});

/** What a runner prints; that a case failed is no error here. */
async function node(
  args: readonly string[],
  what: What,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const inherited = { ...process.env, SUITE: what, ...env };
  const options = { cwd: root, env: inherited, maxBuffer: 64 * 1024 * 1024, timeout: 150_000 };
  const command = run(process.execPath, ['--import', 'tsx', ...args], options);
  return command.then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: unknown };
      if (typeof code !== 'number') throw new Error(`${String(code)}: ${stderr}`, { cause: error });
      return stdout;
    },
  );
}

/** Runners write words around their JSON. */
function jsonIn(output: string): unknown {
  return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
}
