/** Answers for cameras that exist in memory only. */
import type { CameraCapabilities, CameraProbe } from '../../../ports/camera-probe.js';
import { PortError } from '../../../ports/port-error.js';

export interface MemoryProbeControl {
  /** What the next calls answer for this key; a `PortError` is thrown, `undefined` means the camera is gone. */
  set(key: string, answer: CameraCapabilities | PortError | undefined): void;
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
  let calls = 0;
  return {
    name: MEMORY_PROBE,
    supports: { kinds },
    control: { set: (key, answer) => void answers.set(key, answer), calls: () => calls },
    async probe(source, signal) {
      signal.throwIfAborted();
      calls += 1;
      if (!kinds.includes(source.kind)) {
        throw new PortError('DEVICE_UNSUPPORTED', { detail: { reason: 'kind', value: source.kind } });
      }
      const answer = answers.has(source.key) ? answers.get(source.key) : MEMORY_CAPABILITIES;
      if (answer === undefined)
        throw new PortError('DEVICE_GONE', { message: `${source.name} is not there` });
      if (answer instanceof PortError) throw answer;
      return answer;
    },
  };
}
