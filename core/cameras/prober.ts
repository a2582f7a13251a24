import type { CameraCapabilities, CameraProbe, Clock, Logger, SourceDescriptor } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import { withDeadline } from '../lifecycle/deadline.js';
import type { Roster } from '../lifecycle/roster.js';

/** What keeps a camera from being used. */
export interface Trouble {
  readonly status: 'BUSY' | 'ERROR';
  readonly reason: string;
  /** Which program has it, with BUSY, when that can be known. */
  readonly holder?: string;
  /** Asking again cannot help: it is a matter of the configuration. */
  readonly isLasting?: boolean;
}

export type ProbeOutcome =
  | {
      readonly kind: 'camera';
      /** Absent when it could not be asked, or nobody can ask its kind. */
      readonly capabilities?: CameraCapabilities;
      readonly trouble?: Trouble;
    }
  | { readonly kind: 'not-a-camera' };

export interface ProberDeps {
  readonly probes: Roster<CameraProbe>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Asks devices what they are, and whether they are free. */
export class Prober {
  readonly #timeoutMs: number;
  readonly #deps: ProberDeps;

  constructor(timeoutMs: number, deps: ProberDeps) {
    this.#timeoutMs = timeoutMs;
    this.#deps = deps;
  }

  async ask(source: SourceDescriptor, gone: AbortSignal): Promise<ProbeOutcome> {
    const probe = this.#probeOf(source);
    if (!probe) return { kind: 'camera' };
    try {
      const ask = (signal: AbortSignal): Promise<CameraCapabilities> => probe.probe(source, signal);
      return {
        kind: 'camera',
        capabilities: await withDeadline(this.#deps.clock, this.#timeoutMs, ask, gone),
      };
    } catch (cause) {
      if (isPortError(cause, 'DEVICE_UNSUPPORTED') && cause.detail['reason'] === 'not_capture')
        return { kind: 'not-a-camera' };
      this.#deps.log.warn('camera could not be probed', { key: source.key, cause });
      return { kind: 'camera', trouble: troubleOf(cause) };
    }
  }

  /** @returns who keeps it from us; `undefined` when it is free, and when nobody can tell. */
  async holdUp(source: SourceDescriptor, gone: AbortSignal): Promise<Trouble | undefined> {
    const probe = this.#probeOf(source);
    const requireFree = probe?.requireFree?.bind(probe);
    if (!requireFree) return undefined;
    try {
      const ask = (signal: AbortSignal): Promise<void> => requireFree(source, signal);
      await withDeadline(this.#deps.clock, this.#timeoutMs, ask, gone);
      return undefined;
    } catch (cause) {
      // Whatever else is wrong, the one who opens the camera says it better.
      return isPortError(cause, 'DEVICE_BUSY') ? troubleOf(cause) : undefined;
    }
  }

  #probeOf(source: SourceDescriptor): CameraProbe | undefined {
    return this.#deps.probes.all.find((each) => each.supports.kinds.includes(source.kind));
  }
}

/** Somebody else has the camera. */
export function busy(holder: unknown): Trouble {
  const remedy = 'stop that program, and the camera will be used again as soon as it is free';
  if (typeof holder !== 'string') return { status: 'BUSY', reason: `in use by another program: ${remedy}` };
  return { status: 'BUSY', reason: `in use by another program (${holder}): ${remedy}`, holder };
}

function troubleOf(cause: unknown): Trouble {
  if (isPortError(cause, 'DEVICE_BUSY')) return busy(cause.detail['holder']);
  return {
    status: 'ERROR',
    reason: isPortError(cause) ? cause.message : 'the camera did not respond in time',
  };
}
