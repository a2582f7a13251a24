import type {
  CameraCapabilities,
  CameraProbe,
  CancelTimer,
  Clock,
  Component,
  DeviceEventSource,
  Logger,
  SourceDescriptor,
  StateStore,
} from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import { withDeadline } from '../lifecycle/deadline.js';
import { Listeners } from '../lifecycle/listeners.js';
import type { Camera, CameraChange, CameraStatus, Identity } from './camera.js';
import type { FormatWish } from './choose-format.js';
import { chooseFormat } from './choose-format.js';
import type { AssignmentRule } from './identity.js';
import { identify } from './identity.js';
import { IdentityBook } from './identity-book.js';
import type { SourceState } from './source-merger.js';
import { SourceMerger } from './source-merger.js';

export interface RegistryOptions {
  /** How long a new device is left alone before it is probed: nodes of one device come one after the other. */
  readonly debounceMs: number;
  readonly probeTimeoutMs: number;
  /** Pause before a device that could not be probed is tried again. */
  readonly probeRetryMs: number;
  readonly wish: FormatWish;
  readonly assignments: readonly AssignmentRule[];
}

export interface RegistryDeps {
  readonly sources: readonly DeviceEventSource[];
  readonly probes: readonly CameraProbe[];
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A device that is present; becomes a camera once it was probed. */
interface Presence {
  source: SourceDescriptor;
  cameraId?: string;
  readonly gone: AbortController;
  cancelRetry?: CancelTimer;
}

type ProbeOutcome =
  | { readonly kind: 'answers'; readonly capabilities: CameraCapabilities | undefined }
  | { readonly kind: 'not-a-camera' }
  | { readonly kind: 'trouble'; readonly status: CameraStatus; readonly reason: string };

/** Knows every camera: which are here, what they can do, and which name belongs to which. The only place that does. */
export class CameraRegistry implements Component {
  readonly name = 'camera-registry';
  readonly changes: Listeners<CameraChange>;
  readonly sourceStates = new Map<string, SourceState>();
  readonly #options: RegistryOptions;
  readonly #deps: RegistryDeps;
  readonly #cameras = new Map<string, Camera>();
  readonly #presences = new Map<string, Presence>();
  readonly #book: IdentityBook;
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: RegistryOptions, deps: RegistryDeps) {
    this.#options = options;
    this.#deps = deps;
    this.changes = new Listeners(deps.log);
    this.#book = new IdentityBook(deps.state, deps.clock, deps.log);
  }

  async start(): Promise<void> {
    await this.#book.load();
    const merger = new SourceMerger(
      this.#deps.sources,
      {
        appeared: (source) => {
          this.#appeared(source);
        },
        changed: (source) => {
          this.#changed(source);
        },
        vanished: (key) => {
          this.#vanished(key);
        },
        stateChanged: (state) => {
          const { lastEventAt } = this.sourceStates.get(state.name) ?? {};
          this.sourceStates.set(state.name, {
            ...(lastEventAt === undefined ? {} : { lastEventAt }),
            ...state,
          });
        },
      },
      this.#deps,
    );
    this.#watching = merger.run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('service is stopping'));
    for (const presence of this.#presences.values()) this.#leave(presence);
    this.#presences.clear();
    await this.#watching;
    await this.#book.flush();
  }

  /** All cameras seen since the start, sorted by identifier. */
  list(): readonly Camera[] {
    return [...this.#cameras.values()].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  }

  get(id: string): Camera | undefined {
    return this.#cameras.get(id);
  }

  /** Says what is known of a camera's life from its frames. Ignored once the camera is gone. */
  report(id: string, status: Exclude<CameraStatus, 'DISCONNECTED'>, reason?: string): void {
    const camera = this.#cameras.get(id);
    if (!camera || camera.status === 'DISCONNECTED') return;
    if (camera.status === status && camera.reason === reason) return;
    this.#put({ ...withoutReason(camera), status, ...(reason === undefined ? {} : { reason }) }, 'status');
  }

  /** Asks a camera again of which nothing good is known: what was wrong may be over. */
  recheck(id: string): void {
    const status = this.#cameras.get(id)?.status;
    if (status !== 'BUSY' && status !== 'ERROR') return;
    for (const presence of this.#presences.values())
      if (presence.cameraId === id) this.#later(presence, this.#options.probeRetryMs);
  }

  #appeared(source: SourceDescriptor): void {
    const presence: Presence = { source, gone: new AbortController() };
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

  #vanished(key: string): void {
    const presence = this.#presences.get(key);
    if (!presence) return;
    this.#leave(presence);
    this.#presences.delete(key);
    const camera = presence.cameraId === undefined ? undefined : this.#cameras.get(presence.cameraId);
    if (camera) this.#put({ ...camera, status: 'DISCONNECTED', reason: 'unplugged' }, 'disconnected');
  }

  #leave(presence: Presence): void {
    presence.cancelRetry?.();
    presence.gone.abort(new Error('device is gone'));
  }

  /** (Re)schedules the probing of a device. */
  #later(presence: Presence, delayMs: number): void {
    presence.cancelRetry?.();
    presence.cancelRetry = this.#deps.clock.after(delayMs, () => {
      void this.#admit(presence);
    });
  }

  async #admit(presence: Presence): Promise<void> {
    const outcome = await this.#probe(presence);
    if (presence.gone.signal.aborted) return;
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
    if (outcome.kind === 'trouble') this.#later(presence, this.#options.probeRetryMs);
  }

  async #probe(presence: Presence): Promise<ProbeOutcome> {
    const probe = this.#deps.probes.find((each) => each.supports.kinds.includes(presence.source.kind));
    if (!probe) return { kind: 'answers', capabilities: undefined };
    try {
      const capabilities = await withDeadline(
        this.#deps.clock,
        this.#options.probeTimeoutMs,
        (signal) => probe.probe(presence.source, signal),
        presence.gone.signal,
      );
      return { kind: 'answers', capabilities };
    } catch (cause) {
      return this.#explain(presence.source, cause);
    }
  }

  #explain(source: SourceDescriptor, cause: unknown): ProbeOutcome {
    if (isPortError(cause, 'DEVICE_UNSUPPORTED') && cause.detail['reason'] === 'not_capture') {
      return { kind: 'not-a-camera' };
    }
    this.#deps.log.warn('camera could not be probed', { key: source.key, cause });
    if (isPortError(cause, 'DEVICE_BUSY')) {
      return { kind: 'trouble', status: 'BUSY', reason: busyReason(cause.detail['holder']) };
    }
    const reason = isPortError(cause) ? cause.message : 'the camera did not answer in time';
    return { kind: 'trouble', status: 'ERROR', reason };
  }

  #identify(source: SourceDescriptor): Identity | undefined {
    const present = new Set([...this.#presences.values()].flatMap((each) => each.cameraId ?? []));
    const identity = identify(source, { known: this.#book.all(), present, rules: this.#options.assignments });
    if (!identity) this.#deps.log.info('device ignored: no assignment rule matches', { key: source.key });
    return identity;
  }

  #announce(
    presence: Presence,
    identity: Identity,
    outcome: Exclude<ProbeOutcome, { kind: 'not-a-camera' }>,
  ): void {
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
      ? { ...fresh, status: 'ERROR' as const, reason: `identity is ambiguous: ${identity.why}` }
      : this.#apply(fresh, outcome);
    this.#put(camera, 'connected');
  }

  #refresh(
    id: string,
    source: SourceDescriptor,
    outcome: Exclude<ProbeOutcome, { kind: 'not-a-camera' }>,
  ): void {
    const camera = this.#cameras.get(id);
    if (!camera || camera.identity.matchedBy === 'ambiguous') return;
    this.#put(this.#apply({ ...withoutReason(camera), source, status: 'CONNECTED' }, outcome), 'status');
  }

  #apply(camera: Camera, outcome: Exclude<ProbeOutcome, { kind: 'not-a-camera' }>): Camera {
    if (outcome.kind === 'trouble') return { ...camera, status: outcome.status, reason: outcome.reason };
    if (!outcome.capabilities) return camera;
    const format = chooseFormat(outcome.capabilities, this.#options.wish);
    if (!format)
      return {
        ...camera,
        status: 'ERROR',
        reason: 'the camera offers no picture size',
        capabilities: outcome.capabilities,
      };
    return { ...camera, capabilities: outcome.capabilities, format };
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

function withoutReason(camera: Camera): Camera {
  const { reason: _dropped, ...rest } = camera;
  return rest;
}

function busyReason(holder: unknown): string {
  const who = typeof holder === 'string' || typeof holder === 'number' ? ` (${String(holder)})` : '';
  return `held by another program${who}; it is tried again until it is free`;
}
