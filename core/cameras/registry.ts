import type {
  CameraCapabilities,
  CameraProbe,
  Capture,
  Clock,
  Component,
  DeviceEventSource,
  SourceDescriptor,
} from '../../ports/index.js';
import { Listeners } from '../lifecycle/listeners.js';
import { Mutex } from '../lifecycle/mutex.js';
import type { Roster } from '../lifecycle/roster.js';
import type { Camera, CameraChange, Identity } from './camera.js';
import type { FormatWish } from './choose-format.js';
import { chooseFormat } from './choose-format.js';
import type { AssignmentRule } from './identity.js';
import { identify } from './identity.js';
import type { KeptDocumentDeps } from '../state/kept-document.js';
import { IdentityBook } from './identity-book.js';
import { KindGaps, type KindTakers } from './kind-gaps.js';
import type { HoldUp } from './presence.js';
import { Presence } from './presence.js';
import type { ProbeOutcome, Trouble } from './prober.js';
import { busy, Prober } from './prober.js';
import type { Hearing, SourceState } from './source-merger.js';
import { SourceMerger } from './source-merger.js';

export interface RegistryOptions {
  /** How long a new device is left alone before it is probed: nodes of one device come one after the other. */
  readonly debounceMs: number;
  readonly probeTimeoutMs: number;
  /** Pause before a device that could not be probed is tried again. */
  readonly probeRetryMs: number;
  /** How often a camera that another program has is looked at. */
  readonly busyCheckMs: number;
  readonly wish: FormatWish;
  readonly assignments: readonly AssignmentRule[];
}

export interface RegistryDeps extends KindTakers, KeptDocumentDeps {
  readonly sources: Roster<DeviceEventSource>;
  readonly clock: Clock;
}

type CameraOutcome = Exclude<ProbeOutcome, { kind: 'not-a-camera' }>;

/** Of the pause between two looks at a BUSY camera. */
const MOST_DOUBLINGS = 5;

/** Knows every camera: which are here, what they can do, and which name belongs to which. The only place that does. */
export class CameraRegistry implements Component {
  readonly name = 'camera-registry';
  readonly stopMs = 1_500;
  readonly changes: Listeners<CameraChange>;
  readonly sourceStates = new Map<string, SourceState>();
  /** A source began or stopped to watch. */
  readonly sourceChanges: Listeners<SourceState>;
  readonly #options: RegistryOptions;
  readonly #deps: RegistryDeps;
  readonly #cameras = new Map<string, Camera>();
  readonly #presences = new Map<string, Presence>();
  readonly #devices = new Map<string, Mutex>();
  readonly #prober: Prober;
  readonly #book: IdentityBook;
  readonly #gaps: KindGaps;
  readonly #stopping = new AbortController();
  #merger: SourceMerger | undefined;
  #watching: Promise<void> = Promise.resolve();
  #unfollow: readonly (() => void)[] = [];

  constructor(options: RegistryOptions, deps: RegistryDeps) {
    this.#options = options;
    this.#deps = deps;
    this.changes = new Listeners(deps.log);
    this.sourceChanges = new Listeners(deps.log);
    this.#prober = new Prober(options.probeTimeoutMs, deps);
    this.#gaps = new KindGaps(deps, deps.log);
    this.#book = new IdentityBook(deps);
  }

  async start(): Promise<void> {
    await this.#book.load();
    const { sources, probes, captures } = this.#deps;
    for (const { supports } of sources.all) for (const kind of supports.kinds ?? []) this.#gaps.tell(kind);
    this.#unfollow = [probes, captures].map((adapters: Pick<Roster<CameraProbe | Capture>, 'follow'>) =>
      adapters.follow(({ supports }) => {
        this.#reconsider(supports.kinds);
        return () => this.#reconsider(supports.kinds);
      }),
    );
    this.#merger = new SourceMerger(
      sources,
      {
        appeared: (source) => {
          this.#appeared(source);
        },
        changed: (source) => {
          this.#changed(source);
        },
        vanished: (key, why) => {
          this.#vanished(key, why);
        },
        stateChanged: (state) => {
          this.#sourceChanged(state);
        },
        left: (name) => {
          this.sourceStates.delete(name);
          this.sourceChanges.emit({ name, isWatching: false });
        },
      },
      this.#deps,
    );
    this.#watching = this.#merger.run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('service is stopping'));
    for (const unfollow of this.#unfollow) unfollow();
    for (const presence of this.#presences.values()) presence.leave();
    this.#presences.clear();
    await this.#watching;
    await this.#book.flush();
  }

  #sourceChanged(state: SourceState): void {
    const before = this.sourceStates.get(state.name);
    const { lastEventAt } = before ?? {};
    this.sourceStates.set(state.name, { ...(lastEventAt === undefined ? {} : { lastEventAt }), ...state });
    if (before?.isWatching !== state.isWatching) this.sourceChanges.emit(state);
  }

  /** Whether a source notices what happens. */
  hearing(source: string): Hearing {
    return this.#merger?.hearing(source) ?? { state: 'watches', wasFirst: false };
  }

  /** All cameras seen since the start, sorted by identifier. */
  list(): readonly Camera[] {
    return [...this.#cameras.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  }

  get(id: string): Camera | undefined {
    return this.#cameras.get(id);
  }

  /** Whoever opens the device of a camera, also for a single picture, does so in here. */
  device(id: string): Mutex {
    let device = this.#devices.get(id);
    if (!device) this.#devices.set(id, (device = new Mutex()));
    return device;
  }

  /** Says what is known of a camera's life from its pictures. Ignored once the camera is gone. */
  report(id: string, status: 'CONNECTED' | 'ERROR', reason?: string): void {
    const presence = this.#presenceOf(id);
    if (presence && status === 'CONNECTED') presence.contradictions = 0;
    this.#turn(id, reason === undefined ? { status } : { status, reason });
  }

  /** Says that another program has a camera. From here on it is looked at until it is free. */
  reportBusy(id: string, holder?: string): void {
    const presence = this.#presenceOf(id);
    if (!presence) return;
    // Found to be free, and then it was not: whoever looked cannot tell, so it is not asked as often.
    if (this.#cameras.get(id)?.status !== 'BUSY') presence.contradictions += 1;
    this.#occupied(presence, busy(holder));
    if (holder === undefined) void this.#nameHolder(presence);
  }

  /** Asks a camera again of which nothing good is known: what was wrong may be over. One that is BUSY is looked at all the time. */
  recheck(id: string): void {
    const presence = this.#presenceOf(id);
    if (presence && this.#cameras.get(id)?.status === 'ERROR')
      this.#later(presence, this.#options.probeRetryMs);
  }

  /**
   * Looks now whether another program has a camera, or still has it, unless this service has it itself.
   * @returns the camera as it is then.
   */
  async confirm(id: string): Promise<Camera | undefined> {
    const presence = this.#presenceOf(id);
    const before = this.#cameras.get(id);
    if (presence && before && isUsable(before)) {
      const found = await this.#holdUp(presence);
      if (presence.gone.aborted || found === 'ours') return this.#cameras.get(id);
      if (found) this.#confirmed(presence, found);
      else if (before.status === 'BUSY') await this.#admit(presence);
    }
    return this.#cameras.get(id);
  }

  #appeared(source: SourceDescriptor): void {
    const presence = new Presence(source, this.#deps.clock);
    this.#presences.set(source.key, presence);
    this.#later(presence, this.#options.debounceMs);
  }

  #changed(source: SourceDescriptor): void {
    const presence = this.#presences.get(source.key);
    if (!presence) return;
    const hasMoved = presence.source.locator !== source.locator;
    presence.source = source;
    const camera = presence.cameraId === undefined ? undefined : this.#cameras.get(presence.cameraId);
    if (camera) this.#cameras.set(camera.id, { ...camera, source, name: source.name });
    if (hasMoved || camera?.status !== 'CONNECTED') this.#later(presence, this.#options.debounceMs);
  }

  #vanished(key: string, why = 'unplugged'): void {
    const presence = this.#presences.get(key);
    if (!presence) return;
    presence.leave();
    this.#presences.delete(key);
    const camera = presence.cameraId === undefined ? undefined : this.#cameras.get(presence.cameraId);
    if (camera) this.#put({ ...withoutTrouble(camera), status: 'DISCONNECTED', reason: why }, 'disconnected');
  }

  /** Adapters for cameras of these kinds have come or gone. */
  #reconsider(kinds: readonly string[]): void {
    for (const presence of this.#presences.values())
      if (kinds.includes(presence.source.kind)) this.#later(presence, 0);
  }

  /** (Re)schedules the probing of a device. */
  #later(presence: Presence, delayMs: number): void {
    presence.plan(delayMs, () => this.#admit(presence));
  }

  async #admit(presence: Presence): Promise<void> {
    const outcome = await this.#ask(presence);
    if (presence.gone.aborted) return;
    if (outcome.kind === 'not-a-camera') {
      this.#deps.log.debug('device is not a camera', { key: presence.source.key });
      return;
    }
    if (presence.cameraId === undefined) {
      const identity = this.#identify(presence.source);
      if (!identity) return;
      presence.cameraId = identity.id;
      this.#announce(presence, identity, outcome);
    } else {
      this.#refresh(presence.cameraId, presence.source, outcome);
    }
    if (outcome.trouble?.status === 'BUSY') this.#watchBusy(presence);
    else if (outcome.trouble && outcome.trouble.isLasting !== true)
      this.#later(presence, this.#options.probeRetryMs);
  }

  async #ask(presence: Presence): Promise<ProbeOutcome> {
    this.#gaps.tell(presence.source.kind);
    const gap = this.#gaps.faultOf(presence.source);
    if (gap !== undefined)
      return { kind: 'camera', trouble: { status: 'ERROR', reason: gap, isLasting: true } };
    const outcome = await this.#prober.ask(presence.source, presence.gone);
    if (outcome.kind === 'not-a-camera' || outcome.trouble) return outcome;
    const found = await this.#holdUp(presence);
    return found === undefined || found === 'ours' ? outcome : { ...outcome, trouble: found };
  }

  /** @returns who keeps a device from us, `ours` while this service has it open itself. */
  #holdUp(presence: Presence): Promise<HoldUp> {
    const ask = (): Promise<HoldUp> => this.#prober.holdUp(presence.source, presence.gone);
    return presence.look(async () => {
      // Nobody opens what is not announced.
      if (presence.cameraId === undefined) return await ask();
      const device = this.device(presence.cameraId);
      return device.busy ? 'ours' : await device.run(ask);
    });
  }

  #occupied(presence: Presence, trouble: Trouble): void {
    if (presence.cameraId === undefined) return;
    this.#turn(presence.cameraId, trouble);
    this.#watchBusy(presence);
  }

  /** Looks again and again at a camera that another program has, until it is free. */
  #watchBusy(presence: Presence): void {
    const doublings = Math.min(MOST_DOUBLINGS, Math.max(0, presence.contradictions - 1));
    presence.plan(this.#options.busyCheckMs * 2 ** doublings, async () => {
      const found = await this.#holdUp(presence);
      if (presence.gone.aborted || this.#cameras.get(presence.cameraId ?? '')?.status !== 'BUSY') return;
      if (found === undefined) await this.#admit(presence);
      else if (found === 'ours') this.#watchBusy(presence);
      else this.#confirmed(presence, found);
    });
  }

  /** Looking at it tells who has it. */
  #confirmed(presence: Presence, trouble: Trouble): void {
    presence.contradictions = 0;
    this.#occupied(presence, trouble);
  }

  /** Whoever found it busy could not say who has it. */
  async #nameHolder(presence: Presence): Promise<void> {
    const found = await this.#holdUp(presence);
    const isStillBusy = this.#cameras.get(presence.cameraId ?? '')?.status === 'BUSY';
    if (found && found !== 'ours' && isStillBusy && !presence.gone.aborted) this.#confirmed(presence, found);
  }

  #identify(source: SourceDescriptor): Identity | undefined {
    const present = new Set([...this.#presences.values()].flatMap((each) => each.cameraId ?? []));
    const identity = identify(source, { known: this.#book.all(), present, rules: this.#options.assignments });
    if (!identity)
      this.#deps.log.info('device ignored because no assignment rule matches', { key: source.key });
    return identity;
  }

  #announce(presence: Presence, identity: Identity, outcome: CameraOutcome): void {
    const isAmbiguous = identity.matchedBy === 'ambiguous';
    if (!isAmbiguous) this.#book.remember(identity.id, presence.source);
    const fresh: Camera = {
      id: identity.id,
      name: presence.source.name,
      status: 'CONNECTED',
      source: presence.source,
      identity,
    };
    const camera = isAmbiguous
      ? { ...fresh, status: 'ERROR' as const, reason: `the identity is ambiguous: ${identity.why}` }
      : this.#apply(fresh, outcome);
    this.#put(camera, 'connected');
  }

  #refresh(id: string, source: SourceDescriptor, outcome: CameraOutcome): void {
    const camera = this.#cameras.get(id);
    if (!camera || camera.identity.matchedBy === 'ambiguous') return;
    this.#put(this.#apply({ ...withoutTrouble(camera), source, status: 'CONNECTED' }, outcome), 'status');
  }

  #apply(camera: Camera, { capabilities, trouble }: CameraOutcome): Camera {
    const known = capabilities ? this.#withFormat(camera, capabilities) : camera;
    if (!trouble) return known;
    const { isLasting: _, ...told } = trouble;
    return { ...known, ...told };
  }

  #withFormat(camera: Camera, capabilities: CameraCapabilities): Camera {
    const choice = chooseFormat(capabilities, this.#options.wish);
    if (!choice)
      return { ...camera, status: 'ERROR', reason: 'the camera offers no resolution', capabilities };
    const { format, why, isSecondBest } = choice;
    const words = `${format.pixelFormat} ${String(format.width)}x${String(format.height)} at ${String(format.fps)}`;
    this.#deps.log.info('camera format', { camera: camera.id, format: words, why });
    const { formatNote: _past, ...rest } = camera;
    return {
      ...rest,
      capabilities,
      format,
      ...(isSecondBest ? { formatNote: `${words} fps: ${why}` } : {}),
    };
  }

  #presenceOf(id: string): Presence | undefined {
    return [...this.#presences.values()].find((presence) => presence.cameraId === id);
  }

  /** Gives a camera that is there another status. */
  #turn(id: string, state: Pick<Camera, 'status' | 'reason' | 'holder'>): void {
    const camera = this.#cameras.get(id);
    if (!camera || camera.status === 'DISCONNECTED') return;
    if (camera.status === state.status && camera.reason === state.reason) return;
    this.#put({ ...withoutTrouble(camera), ...state }, 'status');
  }

  #put(camera: Camera, type: CameraChange['type']): void {
    const previous = this.#cameras.get(camera.id)?.status;
    this.#cameras.set(camera.id, camera);
    if (type === 'status' && previous === camera.status) return;
    this.#deps.log.info(`camera ${type}`, {
      camera: camera.id,
      status: camera.status,
      reason: camera.reason,
      why: camera.identity.why,
    });
    this.changes.emit({ type, camera, ...(previous === undefined ? {} : { previous }) });
  }
}

function withoutTrouble(camera: Camera): Camera {
  const { reason: _reason, holder: _holder, ...rest } = camera;
  return rest;
}

/** It is there, and it is known which one it is. */
function isUsable(camera: Camera): boolean {
  return camera.status !== 'DISCONNECTED' && camera.identity.matchedBy !== 'ambiguous';
}
