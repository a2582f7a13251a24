/** A small HTTP client for the set-up: redirects, deadlines, a bound, progress. It runs before any package is installed. */
import http from 'node:http';
import https from 'node:https';

const REDIRECTS = 5;

/**
 * @typedef {object} DownloadLimits
 * @property {number} maxBytes
 * @property {number} [connectMs] an unreachable host must not hold the set-up
 * @property {number} [idleMs] longest silence while bytes are expected
 */

/**
 * @param {string} url
 * @param {DownloadLimits & { onPart: (part: Buffer, percent: number | undefined) => void }} options
 * @returns {Promise<number>} how many bytes came
 */
export async function download(url, options) {
  let target = url;
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const response = await request(target, options);
    const status = response.statusCode ?? 0;
    if (status === 200) return await receive(response, options);
    response.destroy();
    const next = response.headers.location;
    if (status < 300 || status > 399 || next === undefined) throw new Error(`the server answered ${status}`);
    target = new URL(next, target).href;
  }
  throw new Error(`more than ${REDIRECTS} redirects`);
}

/**
 * @param {string} url
 * @param {DownloadLimits} limits
 * @returns {Promise<string>}
 */
export async function downloadText(url, limits) {
  /** @type {Buffer[]} */
  const parts = [];
  await download(url, { ...limits, onPart: (part) => parts.push(part) });
  return Buffer.concat(parts).toString('utf8');
}

/**
 * @param {string} url
 * @param {DownloadLimits} limits
 * @returns {Promise<http.IncomingMessage>}
 */
function request(url, { connectMs = 4_000, idleMs = 20_000 }) {
  return new Promise((resolve, reject) => {
    const client = new URL(url).protocol === 'https:' ? https : http;
    const sent = client.get(url, { agent: false, headers: { 'user-agent': 'camera-service-setup' } });
    const connecting = setTimeout(
      () => sent.destroy(new Error(`no connection within ${connectMs / 1000} s`)),
      connectMs,
    );
    /** @type {http.ClientRequest | http.IncomingMessage} */
    let active = sent;
    sent.on('socket', (socket) => {
      const ready = client === https ? 'secureConnect' : 'connect';
      socket.once(ready, () => {
        clearTimeout(connecting);
        socket.setTimeout(idleMs, () => active.destroy(new Error(`no answer within ${idleMs / 1000} s`)));
      });
    });
    sent.on('error', (error) => {
      clearTimeout(connecting);
      reject(error);
    });
    sent.on('response', (response) => {
      // From here on an error given to the request would reach nobody.
      active = response;
      resolve(response);
    });
  });
}

/**
 * @param {http.IncomingMessage} response
 * @param {DownloadLimits & { onPart: (part: Buffer, percent: number | undefined) => void }} options
 * @returns {Promise<number>}
 */
async function receive(response, { maxBytes, onPart }) {
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  if (announced > maxBytes) throw new Error(`the announced size of ${announced} bytes exceeds the limit`);
  let bytes = 0;
  for await (const part of /** @type {AsyncIterable<Buffer>} */ (response)) {
    bytes += part.length;
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes were received`);
    onPart(part, Number.isNaN(announced) ? undefined : Math.floor((bytes / announced) * 100));
  }
  if (!response.complete) throw new Error('the connection was closed early');
  return bytes;
}
