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
      'control a synthetic camera of a running service: unplug it, plug it in, freeze it or make it busy',
    )
    .addArgument(new Argument('<action>', 'what to do with the camera').choices(SYNTHETIC_ACTIONS))
    .argument('<number>', 'number of the camera, starting from 1', cameraNumber)
    .action(async function (this: Command, action: (typeof SYNTHETIC_ACTIONS)[number], camera: number) {
      const { run } = directoriesOf(await configOf(this, host, 'development'));
      await sendSyntheticCommand(run, { action, camera });
      host.out(`synthetic camera ${String(camera)}: ${action}`);
    });
}

function cameraNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return number;
}
