import { SimulatedCamera } from '../unit/v4l2/simulated-camera.js';
import { frameGrabberContract } from './frame-grabber.contract.js';

// The kernel's own driver is asked in test/lab.
describe('on a simulated driver', () => {
  const camera = new SimulatedCamera();
  beforeEach(() => camera.plug());

  frameGrabberContract('v4l2', {
    create: () => camera.grabber(),
    request: () => camera.request(),
    unplug: () => camera.remove(),
    occupy: async () => camera.occupy(),
    freeze: async () => void (camera.driver.isFrozen = true),
    isLeft: () => camera.isLeft(),
    reset: () => camera.remove(),
    withinMs: camera.withinMs,
  });
});
