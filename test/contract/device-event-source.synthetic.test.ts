import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSyntheticSource,
  type SyntheticSource,
} from '../../adapters/device-event-source/synthetic/synthetic-source.js';
import { ffmpegBin } from '../worlds/media.js';
import { silentLog, SMALL_CAMERA } from '../worlds/synthetic.js';
import { deviceEventSourceContract, type DeviceWorld } from './device-event-source.contract.js';

function syntheticDeviceWorld(): DeviceWorld {
  const runDir = mkdtempSync(join(tmpdir(), 'synthetic-'));
  let source: Promise<SyntheticSource> | undefined;
  const make = async (): Promise<SyntheticSource> => {
    const options = { cameras: [SMALL_CAMERA, SMALL_CAMERA], runDir, ffmpegPath: ffmpegBin() };
    const made = createSyntheticSource(options, { log: silentLog });
    await Promise.all([made.control.unplug(1), made.control.unplug(2)]);
    return made;
  };
  const current = (): Promise<SyntheticSource> => (source ??= make());
  after(() => rmSync(runDir, { recursive: true, force: true }));
  return {
    create: current,
    plug: async (device) => (await current()).control.plug(device),
    unplug: async (device) => (await current()).control.unplug(device),
    reset: async () => void (source = undefined),
    withinMs: 2000,
  };
}

describe('synthetic', () => deviceEventSourceContract('synthetic', syntheticDeviceWorld()));
