/** The devices that are there, and those who watch them come and go. */
import type { DeviceEvent, SourceDescriptor } from '../../ports/device-event-source.js';

interface Entry {
  readonly source: SourceDescriptor;
  /** Tells a device that was pulled and plugged again from one that stayed. */
  readonly plug: number;
}

/**
 * Turns states into events by comparing what is there with what was told, so nothing piles up behind a slow watcher and the
 * events of one key always alternate.
 */
export class DeviceTable {
  readonly #present = new Map<string, Entry>();
  #plugs = 0;
  #wake: (() => void) | undefined;
  #watched = false;

  /** Adds a device, or replaces what is known about one that is there. */
  set(source: SourceDescriptor): void {
    const plug = this.#present.get(source.key)?.plug ?? (this.#plugs += 1);
    this.#present.set(source.key, { source, plug });
    this.#wake?.();
  }

  delete(key: string): void {
    if (this.#present.delete(key)) this.#wake?.();
  }

  get(key: string): SourceDescriptor | undefined {
    return this.#present.get(key)?.source;
  }

  /** Ends when the signal aborts. @throws TypeError (at the first step) while another watch runs. */
  async *watch(signal: AbortSignal): AsyncGenerator<DeviceEvent, void, void> {
    if (this.#watched) throw new TypeError('this source is already being watched');
    this.#watched = true;
    const told = new Map<string, Entry>();
    const wake = (): void => this.#wake?.();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const event = this.#difference(told);
        if (event === undefined) await this.#change();
        else yield event;
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#watched = false;
    }
  }

  #difference(told: Map<string, Entry>): DeviceEvent | undefined {
    for (const [key, entry] of told) {
      if (this.#present.get(key)?.plug === entry.plug) continue;
      told.delete(key);
      return { type: 'removed', key };
    }
    for (const [key, entry] of this.#present) {
      const before = told.get(key);
      if (before === entry) continue;
      told.set(key, entry);
      return { type: before === undefined ? 'added' : 'changed', source: entry.source };
    }
    return undefined;
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}
