import { Argument, InvalidArgumentError, type Command } from 'commander';
import {
  sendSyntheticCommand,
  SYNTHETIC_ACTIONS,
} from '../../adapters/device-event-source/synthetic/control-socket.js';
import { directoriesOf } from '../directories.js';
import { configOf, type CommandHost } from './command-host.js';

/** Drives the test-pattern cameras of a running service. */
export function registerSynthetic(program: Command, host: CommandHost): void {
  program
    .command('synthetic')
    .description(
      'drive a test-pattern camera of a running service: pull it, plug it in, freeze it, make it busy',
    )
    .addArgument(new Argument('<action>', 'what happens to it').choices(SYNTHETIC_ACTIONS))
    .argument('<number>', 'which camera, counted from 1', cameraNumber)
    .action(async function (this: Command, action: (typeof SYNTHETIC_ACTIONS)[number], camera: number) {
      const { run } = directoriesOf(await configOf(this, host, 'development'));
      await sendSyntheticCommand(run, { action, camera });
      host.out(`synthetic camera ${String(camera)}: ${action}`);
    });
}

function cameraNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return number;
}
