import type { Command } from 'commander';
import type { CommandHost } from './command-host.js';
import { connect, withConnectionOptions, type ConnectionOptions } from './connection.js';

interface WatchOptions extends ConnectionOptions {
  readonly topics: string[];
}

interface CameraLine {
  readonly device: string;
  readonly name: string;
  readonly status: string;
  readonly resolution: string;
  readonly fps: number;
  readonly recording: boolean;
  readonly reason?: string;
  readonly streams: { readonly rtsp: string };
}

/** Said last, so that a line is cut at its least interesting part on a narrow screen. */
const KNOWN = ['topic', 'timestamp', 'sequence'];

export function registerWatch(program: Command, host: CommandHost): void {
  withConnectionOptions(program.command('watch'))
    .description('print the cameras, then events as they happen, until interrupted')
    .option('--topics <topics>', 'topics to watch, separated by commas', (text: string) => text.split(','), [
      '*',
    ])
    .action(async (options: WatchOptions, command: Command) => {
      await watch(options, command, host);
    });
}

async function watch(options: WatchOptions, command: Command, host: CommandHost): Promise<void> {
  const notified = (method: string, params: Readonly<Record<string, unknown>>): void => {
    host.out(eventLine(method, params));
  };
  const client = await connect(options, { role: 'viewer', subject: 'watch', notified }, { command, host });
  const { cameras } = (await client.call('get_camera_list')) as { cameras: CameraLine[] };
  for (const camera of cameras) host.out(cameraLine(camera));
  if (cameras.length === 0) host.out('no cameras yet; plug one in');
  await client.call('subscribe_events', { topics: options.topics });
  await client.closed;
  if (!host.signal.aborted) {
    host.err('the service has closed the connection');
    host.exitWith(1);
  }
}

function cameraLine(camera: CameraLine): string {
  const state = camera.recording ? `${camera.status}, recording` : camera.status;
  const why = camera.reason === undefined ? '' : ` (${camera.reason})`;
  return `${camera.device.padEnd(12)} ${state}${why}  ${camera.resolution}@${String(camera.fps)}  ${camera.name}  ${camera.streams.rtsp}`;
}

function eventLine(method: string, params: Readonly<Record<string, unknown>>): string {
  const at = typeof params['timestamp'] === 'string' ? params['timestamp'] : new Date().toISOString();
  const details = Object.entries(params).filter(([name]) => !KNOWN.includes(name));
  return [at, method.padEnd(24), ...details.map(([name, value]) => `${name}=${short(value)}`)].join(' ');
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
