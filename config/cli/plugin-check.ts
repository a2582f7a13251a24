import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { checkPlugin, type RunTests } from '../check-plugin.js';
import type { CommandHost } from './command-host.js';

const KEPT_OUTPUT = 1024 * 1024;

/** `plugin check`: the verdict before a plugin is published. */
export function registerPluginCheck(group: Command, host: CommandHost): void {
  group
    .command('check')
    .description(
      'check manifest, build, code and contract tests of a plugin; this runs its code and its tests',
    )
    .argument('[folder]', 'folder of the package', '.')
    .action(async (folder: string) => {
      let isGood = true;
      for await (const finding of checkPlugin(folder, testsOf(host), host.signal)) {
        isGood &&= finding.isGood;
        host.out(`${finding.isGood ? 'ok  ' : 'FAIL'}  ${finding.what.padEnd(8)}  ${finding.text}`);
      }
      host.out(isGood ? 'The plugin can be published.' : 'The plugin is not ready.');
      if (!isGood) host.exitWith(1);
    });
}

/** Shows what the tests write, on stderr, as they write it. */
function testsOf({ env, err }: CommandHost): RunTests {
  return (folder, signal) =>
    new Promise((resolve, reject) => {
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
      child.once('close', (code) => resolve({ isGood: code === 0, output }));
    });
}
