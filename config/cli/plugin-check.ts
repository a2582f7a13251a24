import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { checkPlugin, type CheckWork, type Finding, type RunTests } from '../check-plugin.js';
import { tryService } from '../trial/service-trial.js';
import { tryAdapter } from '../trial/trials.js';
import type { CommandHost } from './command-host.js';
import { configWords, ownProgram } from './own-words.js';

const KEPT_OUTPUT = 1024 * 1024;
const PARTS = ['tests', 'matrix', 'service'] as const;
type Part = (typeof PARTS)[number];
const MARKS: Readonly<Record<Finding['verdict'], string>> = { ok: 'ok  ', failed: 'FAIL', 'n/a': 'n/a ' };

interface CheckOptions {
  readonly json?: boolean;
  readonly only?: readonly Part[];
}

const HELP = `
The rows:
  manifest   the manifest is sound and the package is built
  code       the code provides what the manifest says
  tests      npm test passes; contract: it runs the suite of each adapter
  matrix     what each adapter does when it is misused: options at their bounds, aborted and repeated starts and stops,
             calls that are given up or come too late, two instances at once, and the guard of the service around it
  service    the running service is ready and ends although each method of the plugin throws, rejects, hangs or returns nonsense

Verdicts are ok, FAIL and n/a (not applicable, with the reason). The exit code is 1 if a row has failed. Adapters get the options that --set and
--config name, and something that keeps to its schema for each required option that is missing.`;

/** `plugin check`: the verdict before a plugin is published. */
export function registerPluginCheck(group: Command, host: CommandHost): void {
  group
    .command('check')
    .description('check a plugin before it is published; this runs its code and its tests')
    .argument('[folder]', 'folder of the package', '.')
    .addOption(new Option('--only <part...>', 'leave out the other parts that take time').choices(PARTS))
    .option(
      '--json',
      'write one JSON document: {"plugin", "isReady", "findings": [{"verdict", "what", "subject", "title", "reason"}]}',
    )
    .addHelpText('after', HELP)
    .action(async (folder: string, { json = false, only = PARTS }: CheckOptions, command: Command) => {
      const findings: Finding[] = [];
      const lines = new Lines(json ? () => undefined : host.out);
      const work = workOf(command, host, { only, folder: resolve(folder) });
      for await (const finding of checkPlugin(folder, work, host.signal)) {
        findings.push(finding);
        lines.add(finding);
      }
      lines.end();
      const isReady = findings.every(({ verdict }) => verdict !== 'failed');
      const left = PARTS.filter((part) => !only.includes(part));
      if (json)
        host.out(JSON.stringify({ plugin: resolve(folder), isReady, leftOut: left, findings }, undefined, 2));
      else host.out(verdictOf(findings, left));
      if (!isReady) host.exitWith(1);
    });
}

/** One line for each finding, and one for all that do not apply for the same reason. */
class Lines {
  readonly #out: (text: string) => void;
  #waiting: Finding[] = [];

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  add(finding: Finding): void {
    const [first] = this.#waiting;
    const isSame =
      finding.verdict === 'n/a' && first?.subject === finding.subject && first?.reason === finding.reason;
    if (!isSame) this.end();
    this.#waiting.push(finding);
    if (finding.verdict !== 'n/a') this.end();
  }

  end(): void {
    const [first, ...more] = this.#waiting;
    this.#waiting = [];
    if (first === undefined) return;
    const { verdict, what, subject = '', title, reason } = first;
    const told = more.length === 0 ? title : `${String(more.length + 1)} rows`;
    const text = [subject, told].filter((part) => part !== '').join(': ');
    this.#out(`${MARKS[verdict]}  ${what.padEnd(8)}  ${text}${reason === undefined ? '' : ` – ${reason}`}`);
  }
}

function verdictOf(findings: readonly Finding[], left: readonly Part[]): string {
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((each) => each.verdict === verdict).length;
  const sums = `${String(count('ok'))} ok, ${String(count('failed'))} failed, ${String(count('n/a'))} not applicable`;
  if (count('failed') > 0) return `${sums}. The plugin is not ready.`;
  return left.length === 0
    ? `${sums}. The plugin can be published.`
    : `${sums}. Nothing is wrong so far; left out: ${left.join(', ')}.`;
}

function workOf(
  command: Command,
  host: CommandHost,
  { only, folder }: { readonly only: readonly Part[]; readonly folder: string },
): CheckWork {
  const { env } = host;
  const trialWords = (adapter: string, from: number): readonly string[] =>
    ownProgram(['plugin', 'trial', folder, adapter, String(from), ...configWords(command, host)]);
  const serviceWords = (settings: readonly string[]): readonly string[] =>
    ownProgram(['run', ...configWords(command, host, settings)]);
  return {
    ...(only.includes('tests') ? { runTests: testsOf(host) } : {}),
    ...(only.includes('matrix')
      ? { tryAdapter: (_folder, adapter, given) => tryAdapter(adapter, { env, words: trialWords }, given) }
      : {}),
    ...(only.includes('service')
      ? {
          tryService: (found, settings, signal) =>
            tryService(found, { env, words: serviceWords, settings }, signal),
        }
      : {}),
    // On a terminal the rows come as they are found; what is under way stands on standard error.
    progress: (text) => host.err(`…  ${text}`),
  };
}

/** Shows what the tests write, on stderr, as they write it. */
function testsOf({ env, err }: CommandHost): RunTests {
  return (folder, signal) =>
    new Promise((resolve_, reject) => {
      // A test run that runs this command would take the inner one for a part of itself.
      const { NODE_TEST_CONTEXT: _, ...outer } = env;
      const child = spawn('npm', ['test'], {
        cwd: folder,
        env: outer,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      });
      let output = '';
      const keep = (chunk: Buffer): void => {
        err(chunk.toString().trimEnd());
        output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.once('error', reject);
      child.once('close', (code) => resolve_({ isGood: code === 0, output }));
    });
}
