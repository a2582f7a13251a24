import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkout } from '../../../config/setup/paths.mjs';
import { until } from '../../worlds/media.js';
import { descendantsOf, isRunning } from '../../worlds/processes.js';

const urlOf = (name: string): string => pathToFileURL(join(checkout, 'config/setup', name)).href;

/** A set-up that runs a program which has started another one, as npm does. */
const SETUP = `
  import { endOnSignals } from '${urlOf('ending.mjs')}';
  import { runCommand } from '${urlOf('run-command.mjs')}';
  endOnSignals();
  await runCommand('sh', ['-c', process.argv[1]]);
  console.log('went on');
`;
const OBEDIENT = 'sleep 300 & sleep 301; true';
const STUBBORN = 'trap "" TERM; sleep 300 & while true; do sleep 1; done';

describe('set-up: signals', () => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    it(`${name} ends what the set-up has started, and tells the signal`, async () => {
      const { code, survivors, said } = await endedBy(name, OBEDIENT);
      expect(code).to.equal(128 + constants.signals[name]);
      expect(survivors).to.deep.equal([]);
      expect(said).not.to.contain('went on');
    });
  }

  it('a program that ignores the signal is ended by force', async () => {
    const { code, survivors } = await endedBy('SIGTERM', STUBBORN);
    expect(code).to.equal(143);
    expect(survivors).to.deep.equal([]);
  }).timeout(20_000);
});

async function endedBy(name: NodeJS.Signals, script: string) {
  const setup = spawn(process.execPath, ['--input-type=module', '-e', SETUP, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  setup.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const sleeping = (): number =>
    descendantsOf(setup.pid ?? 0).filter(({ command }) => command[0] === 'sleep').length;
  await until('programs at work', () => sleeping() >= 2, 5_000);
  const started = descendantsOf(setup.pid ?? 0);
  setup.kill(name);
  await once(setup, 'exit');
  const survivors = (): readonly string[] =>
    started.filter(isRunning).map(({ command }) => command.join(' '));
  await until('end of them all', () => survivors().length === 0, 2_000).catch(() => undefined);
  return { code: setup.exitCode, survivors: survivors(), said };
}
