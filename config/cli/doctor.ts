import type { Command } from 'commander';
import { fileURLToPath } from 'node:url';
import { directoriesOf } from '../directories.js';
import { inspectAdapters } from '../inspect.js';
import { formatDoctor, runDoctor } from '../setup/doctor.js';
import { configOf, type CommandHost } from './command-host.js';

const PORTS = [
  'server.port',
  'health.port',
  'mediamtx.rtsp_port',
  'mediamtx.webrtc_port',
  'mediamtx.hls_port',
  'mediamtx.api_port',
];

/** Folder that holds node_modules: above the bundle, or above this file in the sources. */
const ROOT = fileURLToPath(
  new URL(import.meta.url.includes('/config/cli/') ? '../..' : '..', import.meta.url),
);

export function registerDoctor(program: Command, host: CommandHost): void {
  program
    .command('doctor')
    .description('say what is there and what is missing, with the remedy')
    .action(async (_options: object, command: Command) => {
      const config = await configOf(command, host, 'development');
      const directories = directoriesOf(config);
      const { lines, ok } = await runDoctor({
        env: { ...host.env },
        root: ROOT,
        nodeVersion: host.nodeVersion,
        directories: (['state', 'recordings', 'snapshots', 'run'] as const).map((name) => ({
          key: `paths.${name}`,
          path: directories[name],
        })),
        ports: PORTS.map((key) => ({ key, port: config.get(key) as number })),
        stateFolder: directories.state,
        faultsOfOptions: await inspectAdapters(config),
        managedMediaServer: config.get('mediamtx.mode') === 'managed',
      });
      host.out(formatDoctor(lines));
      if (!ok) host.exitWith(1);
    });
}
