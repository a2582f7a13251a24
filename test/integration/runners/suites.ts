/** Suites for a runner that is handed over, one with sections that do not apply; and one for an adapter with two defects. */
import { captureContract } from '../../contract/capture.contract.js';
import { deviceEventSourceContract } from '../../contract/device-event-source.contract.js';
import type { TestRunner } from '../../contract/runner.contract.js';
import { transportContract } from '../../contract/transport.contract.js';
import { memoryCaptureWorld, memoryDeviceWorld } from '../../worlds/memory-capture-worlds.js';
import { memorySetting } from '../../worlds/transport-worlds.js';

export function registerSound(runner: TestRunner): void {
  deviceEventSourceContract('handed over', memoryDeviceWorld(), runner);
  captureContract('handed over', memoryCaptureWorld(), runner);
  const supports = { calls: true, events: true, files: false, health: false, jsonRpc: false, batches: false };
  transportContract('handed over', { create: memorySetting, supports, withinMs: 2_000 }, runner);
}

/** Says a wrong latency, and does not heed the signal. */
export function registerBroken(runner: TestRunner): void {
  const broken = memoryDeviceWorld((good) => ({
    ...good,
    supports: { ...good.supports, hotplugLatencyMs: -1 },
    watch: async function* (signal) {
      yield* good.watch(signal);
      await new Promise(() => undefined);
    },
  }));
  deviceEventSourceContract('broken', { ...broken, withinMs: 300 }, runner);
}
