import type { CameraProbe, Capture, FrameGrabber, Logger, SourceDescriptor } from '../../ports/index.js';
import type { Roster } from '../lifecycle/roster.js';

type Takes = Pick<CameraProbe, 'supports'>;

/** The adapters that a camera needs, each for the kinds of sources that it takes. */
export interface KindTakers {
  readonly probes: Roster<CameraProbe>;
  readonly grabbers: Roster<FrameGrabber>;
  readonly captures: Roster<Capture>;
}

/** Finds kinds of cameras that no adapter takes: such a camera would look well and never show a picture. */
export class KindGaps {
  readonly #takers: KindTakers;
  readonly #log: Logger;
  readonly #told = new Set<string>();

  constructor(takers: KindTakers, log: Logger) {
    this.#takers = takers;
    this.#log = log;
  }

  /** Says once per kind which ports lack an adapter for it. */
  tell(kind: string): void {
    const missing = this.#missing(kind);
    if (missing.length === 0 || this.#told.has(kind)) return;
    this.#told.add(kind);
    const level = this.#isUsable(missing) ? 'info' : 'error';
    this.#log[level]('no adapter supports cameras of this kind', { kind, ports: missing });
  }

  /** Why a camera of a kind cannot work; `undefined` when it can. Without a grabber its snapshots come from the stream. */
  faultOf({ kind }: Pick<SourceDescriptor, 'kind'>): string | undefined {
    const missing = this.#missing(kind);
    if (this.#isUsable(missing)) return undefined;
    const keys = missing.map((port) => KEYS[port]).join(', ');
    return `no adapter for ${missing.join(', ')} supports cameras of the kind "${kind}"; select one that does in ${keys}`;
  }

  #isUsable(missing: readonly Port[]): boolean {
    return !missing.some((port) => port !== 'FrameGrabber');
  }

  #missing(kind: string): readonly Port[] {
    const { probes, grabbers, captures } = this.#takers;
    const isTaken = (adapters: Pick<Roster<Takes>, 'all'>): boolean =>
      adapters.all.some(({ supports }) => supports.kinds.includes(kind));
    const taken = { CameraProbe: probes, FrameGrabber: grabbers, Capture: captures };
    return (Object.keys(taken) as Port[]).filter((port) => !isTaken(taken[port]));
  }
}

const KEYS = {
  CameraProbe: 'adapters.camera_probe',
  FrameGrabber: 'adapters.frame_grabber',
  Capture: 'adapters.capture',
} as const;
type Port = keyof typeof KEYS;
