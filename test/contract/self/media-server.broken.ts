/** Media servers that break one rule each. */
import type { MemoryMediaServer } from '../../../adapters/media-server/memory/memory-media-server.js';
import type { MediaServer, MediaServerState, PathSpec } from '../../../ports/media-server.js';
import { memoryMediaServerWorld } from '../../worlds/memory-media-server-world.js';
import type { MediaServerWorld } from '../media-server.contract.js';
import type { Broken } from './expect-caught.js';

type Defect = (sound: MemoryMediaServer) => Partial<MediaServer>;

export const brokenMediaServers: readonly Broken<MediaServerWorld>[] = [
  broken('starts-ready', (sound) => ({
    start: (hooks, signal) => sound.start({ ...hooks, stateChanged: () => undefined }, signal),
  })),
  broken('stops', () => ({ stop: () => Promise.resolve() })),
  broken('stops-unstarted', (sound) => {
    let isStarted = false;
    return {
      start: (hooks, signal) => {
        isStarted = true;
        return sound.start(hooks, signal);
      },
      stop: (signal) => (isStarted ? sound.stop(signal) : Promise.reject(new Error('not started'))),
    };
  }),
  broken('starts-again', (sound) => ({ state: () => withEpoch(sound.state(), 1) })),
  broken('epoch-rises', (sound) => ({ state: () => withEpoch(sound.state(), 1) })),
  broken('unreachable', (sound) => ({
    paths: (signal) => sound.paths(signal).catch(() => Promise.reject(new Error('connect ECONNREFUSED'))),
  })),
  broken('aborts', (sound) => {
    const deaf = new AbortController().signal;
    return { ensurePath: (name, spec) => sound.ensurePath(name, spec, deaf), paths: () => sound.paths(deaf) };
  }),
  broken('lists-idle', (sound) => ({
    paths: async (signal) => (await sound.paths(signal)).filter((path) => path.ready),
  })),
  broken('refuses-viewers', (sound) => ({
    ensurePath: (name, { record }, signal) => sound.ensurePath(name, { record }, signal),
  })),
  broken('removes', () => ({ removePath: () => Promise.resolve() })),
  broken('takes-names', (sound) => ({
    ensurePath: (name, spec, signal) => sound.ensurePath(name.includes('.') ? '' : name, spec, signal),
  })),
  broken('rejects-names', (sound) => ({
    ensurePath: (name, spec, signal) => sound.ensurePath(name.replace(/\W/g, ''), spec, signal),
  })),
  broken('viewer-urls', (sound) => ({
    viewerUrls: (name, host) => {
      const urls = sound.viewerUrls(name, host);
      return { ...urls, rtsp: `${urls.rtsp}?token=abc` };
    },
  })),
  broken('publish-once', (sound) => {
    let url: string | undefined;
    return { publishUrl: (name) => (url ??= sound.publishUrl(name)) };
  }),
  broken('authorize-decides', (sound) => ({
    start: (hooks, signal) => sound.start({ ...hooks, authorize: () => Promise.resolve(true) }, signal),
  })),
  broken('ends-viewers', (sound) => ({
    // Ends the whole path instead of one viewer.
    endViewers: (_viewers, signal) => sound.removePath('camera0', signal),
  })),
  broken('ends-viewers', () => ({ endViewers: () => Promise.resolve() })),
  broken('ensure-repeats', (sound) => ({ ensurePath: remaking(sound, () => true) })),
  broken('record-quiet', (sound) => ({ ensurePath: remaking(sound, (spec) => spec.record !== false) })),
];

function broken(rule: string, defect: Defect): Broken<MediaServerWorld> {
  const wrap = (sound: MemoryMediaServer): MediaServer => {
    const base: MediaServer = {
      name: sound.name,
      supports: sound.supports,
      start: (hooks, signal) => sound.start(hooks, signal),
      stop: (signal) => sound.stop(signal),
      state: () => sound.state(),
      ensurePath: (name, spec, signal) => sound.ensurePath(name, spec, signal),
      removePath: (name, signal) => sound.removePath(name, signal),
      paths: (signal) => sound.paths(signal),
      endViewers: (viewers, signal) => sound.endViewers(viewers, signal),
      publishUrl: (name) => sound.publishUrl(name),
      viewerUrls: (name, host) => sound.viewerUrls(name, host),
    };
    return { ...base, ...defect(sound) };
  };
  return { rule, world: memoryMediaServerWorld(wrap) };
}

/** Makes the path anew, which cuts everybody off. */
function remaking(sound: MemoryMediaServer, when: (spec: PathSpec) => boolean): MediaServer['ensurePath'] {
  return async (name, spec, signal) => {
    if (when(spec)) await sound.removePath(name, signal);
    await sound.ensurePath(name, spec, signal);
  };
}

function withEpoch(state: MediaServerState, epoch: number): MediaServerState {
  return { ...state, epoch };
}
