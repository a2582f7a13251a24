/** Test-pattern cameras that come, go, freeze and are busy like USB cameras. For demonstrations and tests. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceEvent, DeviceEventSource, SourceDescriptor } from '../../../ports/device-event-source.js';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import { DeviceTable } from '../../_shared/device-table.js';
import { ControlServer, type SyntheticCommand } from './control-socket.js';
import { faultsOfSizes, type SyntheticCameraOptions } from './options.js';
import { SyntheticCamera } from './synthetic-camera.js';

export type { SyntheticCameraOptions } from './options.js';

export interface SyntheticOptions {
  readonly cameras: readonly SyntheticCameraOptions[];
  /** Folder for the sockets. */
  readonly runDir: string;
  readonly ffmpegPath: string;
}

export interface SyntheticDeps {
  readonly log: Logger;
}

/** What a hand at the cameras can do; cameras are counted from 1. @throws TypeError for a camera that is not configured. */
export interface SyntheticControl {
  plug(camera: number): Promise<void>;
  unplug(camera: number): Promise<void>;
  /** True: another program has it, for who opens it next. */
  setBusy(camera: number, busy: boolean): void;
  /** It stays there and delivers nothing. */
  freeze(camera: number): void;
  thaw(camera: number): void;
}

export interface SyntheticSource extends DeviceEventSource {
  readonly control: SyntheticControl;
}

export const SYNTHETIC_SOURCE = 'synthetic';
/** The longest path of a Unix socket, without the closing zero. */
const MAX_SOCKET_PATH = 107;

/** @throws PortError `OPTION_INVALID`. */
export function createSyntheticSource(options: SyntheticOptions, deps: SyntheticDeps): SyntheticSource {
  const [fault] = faultsOfSizes(options.cameras);
  if (fault !== undefined) throw invalid(fault.option, fault.rule);
  const folder = join(options.runDir, 'synthetic');
  if (join(folder, `${options.cameras.length}.sock`).length > MAX_SOCKET_PATH) {
    throw invalid('run directory', 'must be short enough for the path of a socket (90 characters)');
  }
  return new SyntheticDevices(options, folder, deps);
}

interface Slot {
  readonly camera: SyntheticCamera;
  readonly source: SourceDescriptor;
  plugged: boolean;
}

class SyntheticDevices implements SyntheticSource {
  readonly name = SYNTHETIC_SOURCE;
  readonly supports = { hotplugLatencyMs: 5, reportsSerial: true, kinds: ['synthetic'] };
  readonly control: SyntheticControl;
  readonly #slots: readonly Slot[];
  readonly #table = new DeviceTable();
  readonly #folder: string;
  readonly #server: ControlServer;
  #isOpen = false;

  constructor(options: SyntheticOptions, folder: string, { log }: SyntheticDeps) {
    this.#folder = folder;
    this.#slots = options.cameras.map((camera, index) => newSlot({ camera, index, folder, options, log }));
    this.control = this.#makeControl();
    this.#server = new ControlServer(folder, (command) => this.#obey(command));
  }

  async *watch(signal: AbortSignal): AsyncGenerator<DeviceEvent, void, void> {
    if (this.#isOpen) throw new TypeError('this source is already being watched');
    if (signal.aborted) return;
    this.#isOpen = true;
    try {
      await this.#open();
      yield* this.#table.watch(signal);
    } finally {
      await this.#close();
      this.#isOpen = false;
    }
  }

  async #open(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#server.open();
      for (const slot of this.#slots) if (slot.plugged) await this.#show(slot);
    } catch (cause) {
      throw new PortError('SOURCE_UNAVAILABLE', {
        message: 'the sockets of the synthetic cameras cannot be created',
        cause,
        retryable: true,
      });
    }
  }

  async #close(): Promise<void> {
    await this.#server.close();
    await Promise.all(this.#slots.map((slot) => this.#hide(slot)));
  }

  async #show(slot: Slot): Promise<void> {
    await slot.camera.plug();
    this.#table.set(slot.source);
  }

  async #hide(slot: Slot): Promise<void> {
    this.#table.delete(slot.source.key);
    await slot.camera.unplug();
  }

  #makeControl(): SyntheticControl {
    return {
      plug: async (camera) => {
        const slot = this.#slot(camera);
        slot.plugged = true;
        if (this.#isOpen) await this.#show(slot);
      },
      unplug: async (camera) => {
        const slot = this.#slot(camera);
        slot.plugged = false;
        await this.#hide(slot);
      },
      setBusy: (camera, busy) => this.#slot(camera).camera.setBusy(busy),
      freeze: (camera) => this.#slot(camera).camera.setFrozen(true),
      thaw: (camera) => this.#slot(camera).camera.setFrozen(false),
    };
  }

  #slot(camera: number): Slot {
    const slot = this.#slots[camera - 1];
    if (slot === undefined) throw new TypeError(`there is no synthetic camera ${camera}`);
    return slot;
  }

  async #obey({ action, camera }: SyntheticCommand): Promise<void> {
    if (action === 'busy' || action === 'idle') this.control.setBusy(camera, action === 'busy');
    else await this.control[action](camera);
  }
}

interface SlotInput {
  readonly camera: SyntheticCameraOptions;
  readonly index: number;
  readonly folder: string;
  readonly options: SyntheticOptions;
  readonly log: Logger;
}

function newSlot({ camera, index, folder, options, log }: SlotInput): Slot {
  const number = index + 1;
  const socketPath = join(folder, `${number}.sock`);
  const place = { socketPath, runDir: options.runDir, ffmpegPath: options.ffmpegPath };
  return {
    camera: new SyntheticCamera({ ...camera, index }, place, log),
    plugged: true,
    source: {
      key: `synthetic:${number}`,
      kind: 'synthetic',
      locator: socketPath,
      name: camera.name,
      hints: {
        vendorId: 'f055',
        productId: (0xca00 + number).toString(16),
        serial: `SYN${String(number).padStart(4, '0')}`,
        portPath: `usb-synthetic-${number}`,
      },
    },
  };
}

function invalid(option: string, rule: string): PortError {
  return new PortError('OPTION_INVALID', { message: `${option} ${rule}`, detail: { option, rule } });
}
