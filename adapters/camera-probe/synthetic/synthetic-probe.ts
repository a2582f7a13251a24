/** Tells what a synthetic camera offers, from the facts that stand beside its socket. */
import { readFile } from 'node:fs/promises';
import type { CameraCapabilities, CameraProbe } from '../../../ports/camera-probe.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { PortError } from '../../../ports/port-error.js';
import { requireKind } from '../../_shared/source-kind.js';

interface Facts {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export const SYNTHETIC_PROBE = 'synthetic';

const KINDS = ['synthetic'];

export function createSyntheticProbe(): CameraProbe {
  return {
    name: SYNTHETIC_PROBE,
    supports: { kinds: KINDS },
    async probe(source, signal) {
      signal.throwIfAborted();
      requireKind(source, KINDS);
      const facts = await readFacts(source, signal);
      signal.throwIfAborted();
      return capabilitiesOf(facts);
    },
    async requireFree(source, signal) {
      signal.throwIfAborted();
      requireKind(source, KINDS);
      await readFacts(source, signal);
      const holder = await readHolder(source);
      signal.throwIfAborted();
      if (holder === undefined) return;
      throw new PortError('DEVICE_BUSY', {
        message: `${source.name} is busy`,
        retryable: true,
        detail: holder === '' ? {} : { holder },
      });
    },
  };
}

/** A file beside the socket says who has the camera. @returns `undefined` when it is free. */
async function readHolder({ locator }: SourceDescriptor): Promise<string | undefined> {
  return await readFile(locator.replace(/\.sock$/, '.busy'), 'utf8').catch(() => undefined);
}

async function readFacts(source: SourceDescriptor, signal: AbortSignal): Promise<Facts> {
  try {
    const text = await readFile(source.locator.replace(/\.sock$/, '.json'), { encoding: 'utf8', signal });
    return JSON.parse(text) as Facts;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new PortError('DEVICE_GONE', { message: `${source.name} is not there`, cause });
  }
}

function capabilitiesOf({ name, width, height, fps }: Facts): CameraCapabilities {
  return {
    driver: 'synthetic',
    card: name,
    bus: '',
    formats: [
      {
        pixelFormat: 'MJPG',
        description: 'Motion-JPEG',
        compressed: true,
        sizes: [{ width, height, fps: [fps] }],
      },
    ],
    controls: [],
  };
}
