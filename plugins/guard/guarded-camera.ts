import type {
  CameraCapabilities,
  CameraProbe,
  Frame,
  FrameGrabber,
  GrabRequest,
  SourceDescriptor,
} from '../../ports/index.js';
import { GuardedLife, type Guard } from './guarded.js';
import { readCapabilities, readFrame, readNothing } from './shapes.js';

export class GuardedProbe implements CameraProbe {
  readonly name: string;
  readonly supports: CameraProbe['supports'];
  readonly start?: (signal: AbortSignal) => Promise<void>;
  readonly stop?: (signal: AbortSignal) => Promise<void>;
  readonly requireFree?: (source: SourceDescriptor, signal: AbortSignal) => Promise<void>;
  readonly #adapter: CameraProbe;
  readonly #guard: Guard;
  readonly #life: GuardedLife;

  constructor(adapter: CameraProbe, guard: Guard) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#life = new GuardedLife(guard, adapter);
    Object.assign(this, this.#life.methods());
    if (typeof adapter.requireFree === 'function')
      this.requireFree = (source, signal) => this.#requireFree(source, signal);
  }

  async probe(source: SourceDescriptor, signal: AbortSignal): Promise<CameraCapabilities> {
    await this.#life.ensureUp(signal);
    const watched = { method: 'probe', signal, read: readCapabilities };
    return await this.#guard.call((inner) => this.#adapter.probe(source, inner), watched);
  }

  async #requireFree(source: SourceDescriptor, signal: AbortSignal): Promise<void> {
    await this.#life.ensureUp(signal);
    const watched = { method: 'requireFree', signal, read: readNothing };
    await this.#guard.call((inner) => this.#adapter.requireFree?.(source, inner), watched);
  }
}

export class GuardedGrabber implements FrameGrabber {
  readonly name: string;
  readonly supports: FrameGrabber['supports'];
  readonly start?: (signal: AbortSignal) => Promise<void>;
  readonly stop?: (signal: AbortSignal) => Promise<void>;
  readonly #adapter: FrameGrabber;
  readonly #guard: Guard;
  readonly #life: GuardedLife;

  constructor(adapter: FrameGrabber, guard: Guard) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#life = new GuardedLife(guard, adapter);
    Object.assign(this, this.#life.methods());
  }

  async grab(request: GrabRequest, signal: AbortSignal): Promise<Frame> {
    await this.#life.ensureUp(signal);
    const watched = { method: 'grab', signal, read: readFrame };
    return await this.#guard.call((inner) => this.#adapter.grab(request, inner), watched);
  }
}
