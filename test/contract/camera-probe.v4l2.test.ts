import { SimulatedCamera } from '../unit/v4l2/simulated-camera.js';
import { cameraProbeContract } from './camera-probe.contract.js';

// The kernel's own driver is asked in test/lab.
describe('on a simulated driver', () => {
  const camera = new SimulatedCamera();
  beforeEach(() => camera.plug());

  cameraProbeContract('v4l2', {
    create: () => camera.probe(),
    source: () => camera.source(),
    unplug: () => camera.remove(),
    occupy: async () => camera.occupy(),
    reset: () => camera.remove(),
    withinMs: camera.withinMs,
  });
});
