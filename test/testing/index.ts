/** Tests of plugins against real counterparts: the service, an RTSP server, clients. Its types need no type packages. */
export { brokenAdapters } from '../contract/self/broken-adapters.js';
export { expectCaught, rulesOf, type Broken, type RegisterSuite } from '../contract/self/expect-caught.js';
export { captureWorld, type CaptureSetting, type CaptureTestWorld } from './capture-world.js';
export { freePorts } from './free-ports.js';
export { lineClients, type LineClients, type LineServer } from './line-clients.js';
export { receiveStream } from './rtsp-sink.js';
export { startRtspServer, type RtspServer } from './rtsp-server.js';
export { startService, type ServiceOptions, type ServiceRole, type TestService } from './start-service.js';
export { testParts, type TestParts } from './parts.js';
export {
  testEndpoint,
  TestFailure,
  type TestAnswerer,
  type TestEndpoint,
  type TestEndpointOptions,
} from './test-endpoint.js';
export { until } from './until.js';
