/** Each suite catches the adapters that break its rules, and each rule has one that breaks it. */
import { expect } from 'chai';
import { memoryListenerWorld } from '../../worlds/memory-listener-world.js';
import { auditLogContract } from '../audit-log.contract.js';
import { authProviderContract } from '../auth-provider.contract.js';
import { cameraProbeContract } from '../camera-probe.contract.js';
import { captureContract } from '../capture.contract.js';
import { clockContract } from '../clock.contract.js';
import { deviceEventSourceContract } from '../device-event-source.contract.js';
import { eventBusContract } from '../event-bus.contract.js';
import { fileStoreContract } from '../file-store.contract.js';
import { frameGrabberContract } from '../frame-grabber.contract.js';
import { httpListenerContract } from '../http-listener.contract.js';
import { loggerContract } from '../logger.contract.js';
import { mediaServerContract } from '../media-server.contract.js';
import { mediaToolContract } from '../media-tool.contract.js';
import { metricsSinkContract } from '../metrics-sink.contract.js';
import type { ContractSuite } from '../runner.contract.js';
import { segmentLogContract } from '../segment-log.contract.js';
import { stateStoreContract } from '../state-store.contract.js';
import { telemetryDecoderContract } from '../telemetry-decoder.contract.js';
import { transportContract } from '../transport.contract.js';
import { brokenAdapters } from './broken-adapters.js';
import { expectCaught, rulesOf, type Broken, type RegisterSuite } from './expect-caught.js';

/** Rules of traits, which have self-tests of their own: `lifecycle.self.test.ts` and `identity.self.test.ts`. */
const OF_TRAITS = /^(?:life-|identity$)/;

type Port = keyof typeof brokenAdapters;
type WorldOf<P extends Port> = (typeof brokenAdapters)[P][number]['world'];

const SUITES: { readonly [P in Port]: ContractSuite<WorldOf<P>> } = {
  AuditLog: auditLogContract,
  AuthProvider: authProviderContract,
  CameraProbe: cameraProbeContract,
  Capture: captureContract,
  Clock: clockContract,
  DeviceEventSource: deviceEventSourceContract,
  EventBus: eventBusContract,
  FileStore: fileStoreContract,
  FrameGrabber: frameGrabberContract,
  HttpListener: httpListenerContract,
  Logger: loggerContract,
  MediaServer: mediaServerContract,
  MediaTool: mediaToolContract,
  MetricsSink: metricsSinkContract,
  SegmentLog: segmentLogContract,
  StateStore: stateStoreContract,
  TelemetryDecoder: telemetryDecoderContract,
  Transport: transportContract,
};

for (const port of Object.keys(SUITES) as readonly Port[]) {
  const contract = SUITES[port] as ContractSuite<unknown>;
  const broken: readonly Broken<unknown>[] = brokenAdapters[port];
  const suite: RegisterSuite<unknown> = (world, runner) => contract('broken', world, runner);

  describe(`the contract of a ${port} catches`, function () {
    this.timeout(20_000);
    broken.forEach((each, index) => {
      it(`what breaks [${each.rule}] (${String(index + 1)})`, () => expectCaught(suite, each));
    });

    it('something for each of its rules', () => {
      const rules = new Set(broken.flatMap(({ world }) => [...rulesOf(suite, world)]));
      const tried = new Set(broken.map(({ rule }) => rule));
      expect([...rules].filter((rule) => !OF_TRAITS.test(rule) && !tried.has(rule))).to.deep.equal([]);
    });
  });
}

describe('a suite lets', () => {
  it('a good adapter pass', async () => {
    const suite: RegisterSuite<ReturnType<typeof memoryListenerWorld>> = (world, runner) =>
      httpListenerContract('good', world, runner);
    const good = { rule: 'prefix-longest', world: memoryListenerWorld() };
    const blamed = await expectCaught(suite, good).catch((cause: unknown) => (cause as Error).message);
    expect(blamed).to.match(/^the adapter that breaks \[prefix-longest\] passed/);
  });
});
