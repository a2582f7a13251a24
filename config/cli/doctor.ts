import type { Command } from 'commander';
import { fileURLToPath } from 'node:url';
import { directoriesOf } from '../directories.js';
import { chosenAdapters, inspectAdapters } from '../inspect.js';
import { formatDoctor, runDoctor } from '../setup/doctor.js';
import type { LoadedPlugin } from '../../plugins/host/plugin-host.js';
import type { PluginVerdict } from '../plugins.js';
import { configWithVerdicts } from '../runtime.js';
import type { DoctorLine } from '../setup/doctor/line.js';
import { sourcesOf, type CommandHost } from './command-host.js';

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
    .description('check the installation and explain how to fix problems')
    .action(async (_options: object, command: Command) => {
      const sources = sourcesOf(command, host, 'development');
      const { config, verdicts } = await configWithVerdicts(sources, host.signal);
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
        chosen: chosenAdapters(config),
        plugins: verdicts.map((verdict) => pluginLine(verdict, config.host.loaded)),
        managedMediaServer: config.get('mediamtx.mode') === 'managed',
      });
      host.out(formatDoctor(lines));
      if (!ok) host.exitWith(1);
    });
}

/** What became of a plugin that `plugins.load` names. */
function pluginLine({ name, found, failure }: PluginVerdict, loaded: readonly LoadedPlugin[]): DoctorLine {
  const component = `plugin ${name}`;
  if (failure !== undefined || found === undefined) {
    const message = failure?.message ?? 'not found';
    return { component, state: 'missing', found: message.replace(`plugins.load: ${name}: `, '') };
  }
  const { version, module } = found;
  const { provides = [], capabilities = [] } = loaded.find((each) => each.module === module) ?? {};
  const more = capabilities.length === 0 ? '' : `, with the capabilities ${capabilities.join(', ')}`;
  const what = `${version}, ${module}, provides ${provides.join(', ') || 'nothing'}${more}`;
  if (found.manifest !== undefined)
    return { component, state: 'ok', found: `${what}; its code matches its manifest` };
  const remedy = 'turn it into a package, then run: camera-service plugin manifest DIR';
  return { component, state: 'warning', found: `${what}; a bare file without a manifest`, remedy };
}
