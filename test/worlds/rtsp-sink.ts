/** What arrives at an RTSP server. */
export { receiveStream } from '../testing/rtsp-sink.js';
