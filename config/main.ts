/** The process: arguments in, exit code out. The only file that touches `process`. */
import './setup/shut-debugger.mjs';
import { once } from 'node:events';
import { isatty } from 'node:tty';
import { Command, CommanderError, Option } from 'commander';
import { isPortError, type PortError } from '../ports/index.js';
import type { CommandHost } from './cli/command-host.js';
import { registerCommands } from './cli/commands.js';
import { Ending } from './ending.js';
import { ConfigError } from './load.js';
import { buildInfo } from './setup/build-info.js';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** The longest that a timer can wait. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

const ending = new Ending({
  on: (event, listener) => process.on(event, listener),
  listeners: (event) => process.listeners(event),
  off: (event, listener) => process.off(event, listener),
  exit: (code) => process.exit(code),
  isTerminal: isatty,
  err: (text) => {
    process.stderr.write(`${text}\n`);
  },
});
ending.listen();
// What is recorded is for this user and its group, whatever the shell says; child processes inherit it.
process.umask(0o027);
process.on('uncaughtException', (error) => {
  ending.failed(error);
});
// A plugin is no reason for the whole service to end, though it may think so.
const exit = process.exit.bind(process);
process.exit = (...codes) => {
  const attempt = new Error(`called process.exit(${codes.join()})`);
  // Without a code it is `process.exitCode`, which an `undefined` in its place would take back.
  if (!ending.isPluginsDoing(attempt)) exit(...codes);
  throw attempt;
};
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    ending.outputLost(error);
  });
}

const host: CommandHost = {
  env: process.env,
  out: (text) => {
    process.stdout.write(`${text}\n`);
  },
  drained: async () => {
    // An output that fails ends the process, and the signal aborts.
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain').catch(() => undefined);
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
  signal: ending.signal,
  ending,
};

async function main(): Promise<void> {
  const program = new Command('camera-service')
    .description('Turns a machine with cameras into a video sensor.')
    .version(buildInfo().version)
    .addOption(
      new Option('--profile <name>', 'name of a built-in profile, or a YAML file').env(
        'CAMERA_SERVICE_PROFILE',
      ),
    )
    .addOption(
      new Option('--config <file>', 'YAML file that overrides the profile').env('CAMERA_SERVICE_CONFIG'),
    )
    .option('--set <key=value>', 'setting that overrides all other sources; can be repeated', collect, [])
    .showHelpAfterError('(run camera-service --help to list the commands)')
    .exitOverride();
  registerCommands(program, host);
  await program.parseAsync(process.argv);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

// An await that nothing else keeps alive, such as the setup of a plugin that never ends, would end the process without a word.
setInterval(() => undefined, KEEP_ALIVE_MS);
try {
  await main();
} catch (error) {
  // What was given up because the process is asked to end is no failure.
  const isAnswer = ending.signal.aborted && error === ending.signal.reason;
  if (!isAnswer) process.exitCode = report(error);
}
process.exitCode = ending.exitCode ?? process.exitCode;
// Whatever a library left running must not keep a process alive whose work is done.
process.stdout.write('', () => process.exit());

function report(error: unknown): number {
  // Commander has said what is wrong, or has shown what was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof ConfigError) {
    host.err(error.message);
    return EXIT_USAGE;
  }
  // By its code: a plugin from a package of its own has another class of the same name.
  if (isPortError(error)) {
    const { remedy } = (error as Partial<PortError>).detail ?? {};
    const more = typeof remedy === 'string' && !error.message.includes(remedy) ? `\n  ${remedy}` : '';
    host.err(`camera-service: ${error.message} (${error.code})${more}`);
  } else if (isRefusedBySystem(error)) {
    host.err(`camera-service: ${error.message}`);
  } else {
    host.err(`camera-service: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return EXIT_FAILURE;
}

/** A file or an address that the system does not give is a fact about the machine: its stack helps nobody. */
function isRefusedBySystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
