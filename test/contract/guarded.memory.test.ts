/** An adapter behind its guard keeps the contract of its port: whoever does right notices nothing of the guard. */
import { createMemoryAuthProvider } from '../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import type { PortMap, PortName } from '../../plugins/api/index.js';
import { FaultBook } from '../../plugins/guard/fault-book.js';
import { guardAdapter } from '../../plugins/guard/guard-adapter.js';
import {
  memoryCaptureWorld,
  memoryDeviceWorld,
  memoryGrabWorld,
  memoryProbeWorld,
} from '../worlds/memory-capture-worlds.js';
import { memoryTelemetryWorld } from '../worlds/memory-telemetry-world.js';
import { wsSetting } from '../worlds/transport-worlds.js';
import { authProviderContract } from './auth-provider.contract.js';
import { cameraProbeContract } from './camera-probe.contract.js';
import { captureContract } from './capture.contract.js';
import { deviceEventSourceContract } from './device-event-source.contract.js';
import { frameGrabberContract } from './frame-grabber.contract.js';
import { telemetryDecoderContract } from './telemetry-decoder.contract.js';
import { transportContract } from './transport.contract.js';

const clock = createSystemClock();

function guarded<P extends PortName>(port: P): (adapter: PortMap[P]) => PortMap[P] {
  const deps = { clock, faults: new FaultBook(createMemoryLogger()) };
  const as = { plugin: 'memory', name: 'memory', isRequired: true };
  return (adapter) => guardAdapter(port, adapter, { as, deps });
}

deviceEventSourceContract('guarded', memoryDeviceWorld(guarded('DeviceEventSource')));
cameraProbeContract('guarded', memoryProbeWorld(guarded('CameraProbe')));
frameGrabberContract('guarded', memoryGrabWorld(guarded('FrameGrabber')));
telemetryDecoderContract('guarded', memoryTelemetryWorld(guarded('TelemetryDecoder')));
captureContract('guarded', memoryCaptureWorld(guarded('Capture')));

const manual = createManualClock();
authProviderContract('guarded', {
  create: async () => guarded('AuthProvider')(createMemoryAuthProvider({}, { clock: manual })),
  pass: (durationMs) => manual.advance(durationMs),
  issue: (provider, request) => provider.issue(request),
  forge: (credential) => credential.slice(0, -4) + (credential.endsWith('0000') ? '1111' : '0000'),
});

transportContract('guarded', {
  create: async () => {
    const setting = await wsSetting();
    return { ...setting, transport: guarded('Transport')(setting.transport) };
  },
  supports: { calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true },
  withinMs: 3_000,
});
