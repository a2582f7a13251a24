/** The process: arguments in, exit code out. The only file that touches `process`. */
import { Command, CommanderError, Option } from 'commander';
import { PortError } from '../ports/index.js';
import type { CommandHost } from './cli/command-host.js';
import { registerCommands } from './cli/commands.js';
import { ConfigError } from './load.js';
import { buildInfo } from './setup/build-info.js';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** As the shell has it for a process that SIGINT ended. */
const EXIT_FORCED = 130;

/** npm passes on what the terminal or a supervisor has sent to everybody already: so soon it is the same signal. */
const ECHO_MS = 250;

const stopping = new AbortController();
let firstSignal: { readonly name: NodeJS.Signals; readonly at: number } | undefined;

/** The first signal asks for an orderly end; the second does not wait for it. */
function onSignal(name: NodeJS.Signals): void {
  const at = performance.now();
  if (firstSignal?.name === name && at - firstSignal.at < ECHO_MS) return;
  if (firstSignal) process.exit(EXIT_FORCED);
  firstSignal = { name, at };
  stopping.abort(new Error(name));
}

const host: CommandHost = {
  env: process.env,
  out: (text) => {
    process.stdout.write(`${text}\n`);
  },
  err: (text) => {
    process.stderr.write(`${text}\n`);
  },
  isTerminal: process.stdout.isTTY,
  pid: process.pid,
  nodeVersion: process.versions.node,
  architecture: process.arch,
  memoryBytes: () => process.memoryUsage.rss(),
  exitWith: (code) => {
    process.exitCode = code;
  },
  signal: stopping.signal,
};

async function main(): Promise<void> {
  const program = new Command('camera-service')
    .description('Turns a machine with cameras into a well-behaved video sensor.')
    .version(buildInfo().version)
    .addOption(
      new Option('--profile <name>', 'profile that comes with the service, or a YAML file').env(
        'CAMERA_SERVICE_PROFILE',
      ),
    )
    .addOption(
      new Option('--config <file>', 'YAML file, stronger than the profile').env('CAMERA_SERVICE_CONFIG'),
    )
    .option('--set <key=value>', 'one setting, stronger than everything else; may be repeated', collect, [])
    .showHelpAfterError('(camera-service --help shows what there is)')
    .exitOverride();
  registerCommands(program, host);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  await program.parseAsync(process.argv);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

try {
  await main();
} catch (error) {
  process.exitCode = report(error);
}
// Whatever a library left running must not keep a process alive whose work is done.
process.stdout.write('', () => process.exit());

function report(error: unknown): number {
  // Commander has said what is wrong, or has shown what was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof ConfigError) {
    host.err(error.message);
    return EXIT_USAGE;
  }
  if (error instanceof PortError) {
    const remedy = typeof error.detail['remedy'] === 'string' ? `\n  ${error.detail['remedy']}` : '';
    host.err(`camera-service: ${error.message} (${error.code})${remedy}`);
  } else {
    host.err(`camera-service: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return EXIT_FAILURE;
}
