/** What our own adapters are made with, for those of other authors. Its types need no type packages. */
export {
  answerChallenge,
  type ChallengedRequest,
  type HttpLogin,
} from '../../adapters/_shared/http-login.js';
export { clientTransport, type ClientRun } from './client-transport.js';
export { FrameSlot } from '../../adapters/_shared/jpeg-frame-slot.js';
export {
  JpegSplitter,
  readJpeg as parseJpeg,
  type JpegPicture,
} from '../../adapters/_shared/jpeg-splitter.js';
export { jsonRpcPeer, type JsonRpcPeer, type JsonRpcPeerOptions, type JsonRpcWire } from './json-rpc-peer.js';
export { publishJpegs, type PublishJpegsOptions } from './publish-jpegs.js';
export { spawnOwned, type ChildOptions, type OwnedProgram, type ProgramSignal } from './spawn-owned.js';
export {
  connectService,
  ServiceCallError,
  type ServiceClient,
  type ServiceClientOptions,
  type ServiceEvent,
} from './service-client.js';
