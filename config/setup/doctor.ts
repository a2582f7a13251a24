/** `camera-service doctor`: one line per component that the service needs, with the remedy for what is missing. */
import { OLDEST_FFMPEG } from '../../adapters/_shared/plain/ffmpeg-version.mjs';
import { NATIVE_PACKAGES } from '../../adapters/_shared/plain/native-packages.mjs';
import { PINNED } from '../../adapters/_shared/plain/mediamtx-version.mjs';
import { checkPort, type CheckedPort } from './doctor/ports.js';
import type { DoctorLine } from './doctor/line.js';
import { checkNative } from './doctor/native.js';
import { checkDirectory, checkNode, checkVideoDevices, type CheckedDirectory } from './doctor/machine.js';
import { checkDocuments } from './doctor/state.js';
import { locateFfmpeg } from './ffmpeg.mjs';
import { locateMediaMtx } from './mediamtx/locate.mjs';
import { hasSources } from './paths.mjs';
import { remedyFor, thisFamily } from './system-packages.mjs';

export interface DoctorOptions {
  /** MEDIAMTX_BIN, FFMPEG_BIN, PATH, HOME and XDG_CACHE_HOME are read from it. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder of this package. */
  readonly root: string;
  readonly directories: readonly CheckedDirectory[];
  readonly ports: readonly CheckedPort[];
  /** False when MediaMTX runs elsewhere. Default true. */
  readonly managedMediaServer?: boolean;
  /** Where the service keeps its documents; absent: they are not looked at. */
  readonly stateFolder?: string;
  /** What is wrong with options of the chosen adapters, by their keys. */
  readonly faultsOfOptions?: readonly { readonly key: string; readonly rule: string }[];
  /** The adapters that configuration chooses, as `port/name`. */
  readonly chosen?: readonly string[];
  /** What became of the third-party plugins. */
  readonly plugins?: readonly DoctorLine[];
  /** As `process.versions.node` has it. */
  readonly nodeVersion: string;
  /** Default `/dev`. */
  readonly deviceFolder?: string;
}

/** Leaves nothing behind and asks no network. `ok` is false when something is missing that is needed. */
export async function runDoctor(options: DoctorOptions): Promise<{ lines: DoctorLine[]; ok: boolean }> {
  const { env, root, directories, ports, managedMediaServer = true, nodeVersion, deviceFolder } = options;
  const { stateFolder, faultsOfOptions = [], plugins = [] } = options;
  const lines = await Promise.all([
    checkNode(nodeVersion, root),
    checkFfmpeg(env),
    ...(managedMediaServer ? [checkMediaMtx(env, root)] : []),
    ...directories.map(checkDirectory),
    ...(stateFolder === undefined ? [] : [checkDocuments(stateFolder)]),
    ...plugins.map((line) => Promise.resolve(line)),
    ...faultsOfOptions.map((fault) => Promise.resolve(lineOf(fault))),
    ...ports.map(checkPort),
    checkVideoDevices(deviceFolder),
    ...Object.entries(NATIVE_PACKAGES).map(([name, native]) => checkNative(name, native, options)),
  ]);
  return { lines, ok: lines.every(({ state }) => state !== 'missing') };
}

function lineOf({ key, rule }: { readonly key: string; readonly rule: string }): DoctorLine {
  return { component: key, state: 'missing', found: rule, remedy: `fix this, or change ${key}` };
}

export function formatDoctor(lines: readonly DoctorLine[]): string {
  const width = Math.max(...lines.map(({ component }) => component.length));
  return lines
    .map(({ component, state, found, remedy }) => {
      const end = remedy === undefined ? '' : ` → ${remedy}`;
      return `${state.padEnd(8)} ${component.padEnd(width)}  ${found}${end}`;
    })
    .join('\n');
}

async function checkFfmpeg(env: NodeJS.ProcessEnv): Promise<DoctorLine> {
  const component = 'ffmpeg';
  const located = await locateFfmpeg({ env });
  if (located.kind === 'missing') {
    return {
      component,
      state: 'missing',
      found: located.reason,
      remedy: remedyFor(thisFamily(), ['ffmpeg']),
    };
  }
  const where = `${located.version}, ${located.path}`;
  if (located.isOld) {
    const remedy = `install ffmpeg ${OLDEST_FFMPEG} or newer, or set FFMPEG_BIN to the path of one`;
    return { component, state: 'warning', found: `${where}, older than ${OLDEST_FFMPEG}`, remedy };
  }
  if (located.hasX264) return { component, state: 'ok', found: `${where}, with libx264` };
  const remedy = 'install an ffmpeg with libx264; without it, only cameras that deliver H.264 work';
  return { component, state: 'missing', found: `${where}, without libx264`, remedy };
}

async function checkMediaMtx(env: NodeJS.ProcessEnv, root: string): Promise<DoctorLine> {
  const component = 'mediamtx';
  const located = await locateMediaMtx({ env });
  if (located.kind !== 'found') {
    const remedy =
      located.kind === 'refused'
        ? `set MEDIAMTX_BIN to the path of ${PINNED}, or leave it unset`
        : hasSources(root)
          ? `run npm start once with network access: it downloads ${PINNED}`
          : `install ${PINNED} on the PATH, or set MEDIAMTX_BIN to its path`;
    return { component, state: 'missing', found: located.reason, remedy };
  }
  const found = `${located.version}, ${located.path} (${located.origin})`;
  if (located.warning === undefined) return { component, state: 'ok', found };
  return { component, state: 'warning', found, remedy: located.warning };
}
