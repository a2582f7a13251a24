/** Pictures of cameras that exist in memory only. */
import type { Frame } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import type { FrameGrabber } from '../../../ports/frame-grabber.js';
import type { PortError } from '../../../ports/port-error.js';
import { sampleJpeg } from '../../_shared/jpeg-sample.js';
import { requireKind } from '../../_shared/source-kind.js';

export interface MemoryGrabberControl {
  /** What the camera of this key does: an error, a hang, or (`undefined`) a picture. */
  set(key: string, behaviour: PortError | 'hang' | undefined): void;
  /** How often pictures were asked for. */
  grabs(): number;
}

export interface MemoryGrabber extends FrameGrabber {
  readonly control: MemoryGrabberControl;
}

export interface MemoryGrabberOptions {
  readonly kinds: readonly string[];
  readonly tier?: 0 | 1 | 2;
}

export const MEMORY_GRABBER = 'memory';

export function createMemoryGrabber(
  options: MemoryGrabberOptions,
  { clock }: { readonly clock: Clock },
): MemoryGrabber {
  const behaviours = new Map<string, PortError | 'hang' | undefined>();
  let grabs = 0;
  return {
    name: MEMORY_GRABBER,
    supports: { kinds: options.kinds, tier: options.tier ?? 1 },
    control: { set: (key, behaviour) => void behaviours.set(key, behaviour), grabs: () => grabs },
    async grab({ source, warmUpFrames }, signal): Promise<Frame> {
      signal.throwIfAborted();
      grabs += 1;
      requireKind(source, options.kinds);
      const behaviour = behaviours.get(source.key);
      if (behaviour === 'hang') await untilAborted(signal);
      else if (behaviour !== undefined) throw behaviour;
      return { ...sampleJpeg(), sequence: warmUpFrames + 1, capturedAt: clock.now() };
    },
  };
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
