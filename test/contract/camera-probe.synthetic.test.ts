import { createSyntheticProbe } from '../../adapters/camera-probe/synthetic/synthetic-probe.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { openSyntheticWorld, type SyntheticWorld } from '../worlds/synthetic.js';
import { cameraProbeContract } from './camera-probe.contract.js';

let world: SyntheticWorld | undefined;
const open = async (): Promise<SyntheticWorld> => (world ??= await openSyntheticWorld());

cameraProbeContract('synthetic', {
  create: () => createSyntheticProbe(),
  source: async () => (await open()).sources[0] as SourceDescriptor,
  unplug: async () => (await open()).source.control.unplug(1),
  occupy: async () => (await open()).source.control.setBusy(1, true),
  reset: async () => {
    await world?.close();
    world = undefined;
  },
  withinMs: 1000,
});
