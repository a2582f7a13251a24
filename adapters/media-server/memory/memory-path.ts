/** One path of the memory media server. */
import type { CancelTimer } from '../../../ports/clock.js';
import type { PathSpec, PathState } from '../../../ports/media-server.js';

/** Somebody who publishes or watches. */
export interface MemoryPeer {
  readonly isAlive: boolean;
  stop(): void;
}

interface Peer extends MemoryPeer {
  end(): void;
}

export class MemoryPath {
  #spec: PathSpec;
  #publisher: Peer | undefined;
  readonly #readers = new Map<Peer, string | undefined>();
  #inboundBytes = 0;
  #outboundBytes = 0;
  #file: string | undefined;
  #cancelGrowth: CancelTimer = () => undefined;

  constructor(spec: PathSpec) {
    this.#spec = spec;
  }

  get spec(): PathSpec {
    return this.#spec;
  }

  /** The file that is being written, if any. */
  get recordingFile(): string | undefined {
    return this.#file;
  }

  set recordingFile(name: string | undefined) {
    this.#file = name;
    if (name === undefined) this.#cancelGrowth();
  }

  /** Takes the timer of the next growth of the file; it ends with the file. */
  grow(cancel: CancelTimer): void {
    this.#cancelGrowth();
    this.#cancelGrowth = cancel;
  }

  get isReady(): boolean {
    return this.#publisher !== undefined || this.#spec.pullUrl !== undefined;
  }

  setRecord(spec: PathSpec): void {
    if (
      spec.record === false ||
      this.#spec.record === false ||
      spec.record.format !== this.#spec.record.format ||
      spec.record.mark !== this.#spec.record.mark
    ) {
      this.recordingFile = undefined;
    }
    this.#spec = spec;
  }

  /** A later publisher replaces the earlier one. */
  addPublisher(): MemoryPeer {
    this.#publisher?.end();
    this.#inboundBytes = 0;
    this.#outboundBytes = 0;
    const peer = createPeer(() => {
      if (this.#publisher !== peer) return;
      this.#publisher = undefined;
      this.recordingFile = undefined;
      for (const reader of [...this.#readers.keys()]) reader.end();
    });
    this.#publisher = peer;
    return peer;
  }

  /** @param viewer the name by which it can be ended; our own readers have none. */
  addReader(viewer?: string): MemoryPeer {
    const peer = createPeer(() => this.#readers.delete(peer));
    this.#readers.set(peer, viewer);
    return peer;
  }

  endViewer(viewer: string): void {
    for (const [reader, name] of [...this.#readers]) if (name === viewer) reader.end();
  }

  count(bytes: number): void {
    this.#inboundBytes += bytes;
    this.#outboundBytes += bytes * this.#readers.size;
  }

  cut(): void {
    this.#publisher?.end();
    for (const reader of [...this.#readers.keys()]) reader.end();
  }

  state(name: string): PathState {
    return {
      name,
      ready: this.isReady,
      readers: this.#readers.size,
      viewers: [...this.#readers.values()].filter((viewer) => viewer !== undefined),
      inboundBytes: this.#inboundBytes,
      outboundBytes: this.#outboundBytes,
      tracks: this.isReady ? ['H264'] : [],
    };
  }
}

/** Names files as the real server does. */
export function fileName(
  path: string,
  { format, mark }: Exclude<PathSpec['record'], false>,
  now: number,
): string {
  const time = new Date(now).toISOString();
  const stamp = `${time.slice(0, 10)}_${time.slice(11, 19).replaceAll(':', '-')}-${time.slice(20, 23)}000`;
  return `${path}_${stamp}_${mark}.${format === 'fmp4' ? 'mp4' : 'ts'}`;
}

function createPeer(ended: () => void): Peer {
  let isAlive = true;
  const end = (): void => {
    if (!isAlive) return;
    isAlive = false;
    ended();
  };
  return {
    get isAlive() {
      return isAlive;
    },
    stop: end,
    end,
  };
}
