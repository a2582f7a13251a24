/** Answers for cameras that exist in memory only. */
import type { CameraCapabilities, CameraProbe } from '../../../ports/camera-probe.js';
import { PortError } from '../../../ports/port-error.js';
import { requireKind } from '../../_shared/source-kind.js';

export interface MemoryProbeControl {
  /** What the next calls answer for this key; a `PortError` is thrown, `undefined` means the camera is gone. */
  set(key: string, answer: CameraCapabilities | PortError | undefined): void;
  /** From here on another program has this camera, until `undefined` is said. It still answers. */
  occupy(key: string, holder: string | undefined): void;
  /** How often cameras were asked. */
  calls(): number;
}

export interface MemoryProbe extends CameraProbe {
  readonly control: MemoryProbeControl;
}

export const MEMORY_PROBE = 'memory';

/** What a camera offers of which nothing else was said. */
export const MEMORY_CAPABILITIES: CameraCapabilities = {
  driver: 'memory',
  card: 'Memory camera',
  bus: '',
  formats: [
    {
      pixelFormat: 'MJPG',
      description: 'Motion-JPEG',
      compressed: true,
      sizes: [{ width: 64, height: 48, fps: [30, 15] }],
    },
  ],
  controls: [],
};

export interface MemoryProbeOptions {
  readonly kinds: readonly string[];
}

export function createMemoryProbe({ kinds }: MemoryProbeOptions = { kinds: ['memory'] }): MemoryProbe {
  const answers = new Map<string, CameraCapabilities | PortError | undefined>();
  const holders = new Map<string, string>();
  let calls = 0;
  return {
    name: MEMORY_PROBE,
    supports: { kinds },
    control: {
      set: (key, answer) => void answers.set(key, answer),
      occupy: (key, holder) => void (holder === undefined ? holders.delete(key) : holders.set(key, holder)),
      calls: () => calls,
    },
    async requireFree(source, signal) {
      signal.throwIfAborted();
      requireKind(source, kinds);
      const answer = answers.get(source.key);
      if (answer instanceof PortError) throw answer;
      if (answer === undefined && answers.has(source.key)) throw gone(source.name);
      const holder = holders.get(source.key);
      if (holder !== undefined) throw new PortError('DEVICE_BUSY', { retryable: true, detail: { holder } });
    },
    async probe(source, signal) {
      signal.throwIfAborted();
      calls += 1;
      requireKind(source, kinds);
      const answer = answers.has(source.key) ? answers.get(source.key) : MEMORY_CAPABILITIES;
      if (answer === undefined) throw gone(source.name);
      if (answer instanceof PortError) throw answer;
      return answer;
    },
  };
}

function gone(name: string): PortError {
  return new PortError('DEVICE_GONE', { message: `${name} is not there` });
}
