/** The media server in memory as a world of its contract. */
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import {
  createMemoryMediaServer,
  type MemoryMediaServer,
  type MemoryPeer,
} from '../../adapters/media-server/memory/memory-media-server.js';
import type { MediaServer } from '../../ports/media-server.js';
import type { MediaPeer, MediaServerWorld } from '../contract/media-server.contract.js';

export function memoryMediaServerWorld(
  wrap: (server: MemoryMediaServer) => MediaServer = (server) => server,
): MediaServerWorld {
  const inner = new Map<
    MediaServer,
    { readonly memory: MemoryMediaServer; readonly files: Map<string, number> }
  >();
  const create = (): MediaServer => {
    const files = new Map<string, number>();
    const append = (name: string, bytes: Uint8Array): Promise<void> => {
      files.set(name, (files.get(name) ?? 0) + bytes.length);
      return Promise.resolve();
    };
    const memory = createMemoryMediaServer({ append }, { clock: createSystemClock() });
    const server = wrap(memory);
    inner.set(server, { memory, files });
    return server;
  };
  const of = (server: MediaServer) => {
    const found = inner.get(server);
    if (found === undefined) throw new Error('not made by this world');
    return found;
  };
  return {
    withinMs: 500,
    create: async () => create(),
    createUnreachable: async () => {
      const server = create();
      of(server).memory.control.goDown();
      return server;
    },
    publish: async (server, url) => memoryPeer(of(server).memory.control.publish(url)),
    view: async (server, path, credential) =>
      memoryPeer(await of(server).memory.control.connectViewer(path, [credential])),
    killServer: async (server) => of(server).memory.control.kill(),
    recordedBytes: async (server, path) =>
      [...of(server).files].reduce((sum, [name, size]) => sum + (name.startsWith(`${path}_`) ? size : 0), 0),
    reset: async () => inner.clear(),
  };
}

function memoryPeer(peer: MemoryPeer | undefined): MediaPeer | undefined {
  if (peer === undefined) return undefined;
  return {
    get isAlive() {
      return peer.isAlive;
    },
    stop: async () => peer.stop(),
  };
}
