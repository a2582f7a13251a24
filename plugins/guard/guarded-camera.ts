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
  readonly supports: CameraProbe['supports'];
  readonly requireFree?: (source: SourceDescriptor, signal: AbortSignal) => Promise<void>;
  readonly #adapter: CameraProbe;
  readonly #guard: Guard;
  readonly #life: GuardedLife;

  constructor(
    readonly name: string,
    adapter: CameraProbe,
    guard: Guard,
  ) {
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#life = new GuardedLife(guard, adapter);
    if (typeof adapter.requireFree === 'function')
      this.requireFree = (source, signal) => this.#requireFree(source, signal);
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#life.stop(signal);
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
  readonly supports: FrameGrabber['supports'];
  readonly #adapter: FrameGrabber;
  readonly #guard: Guard;
  readonly #life: GuardedLife;

  constructor(
    readonly name: string,
    adapter: FrameGrabber,
    guard: Guard,
  ) {
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#life = new GuardedLife(guard, adapter);
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#life.stop(signal);
  }

  async grab(request: GrabRequest, signal: AbortSignal): Promise<Frame> {
    await this.#life.ensureUp(signal);
    const watched = { method: 'grab', signal, read: readFrame };
    return await this.#guard.call((inner) => this.#adapter.grab(request, inner), watched);
  }
}
