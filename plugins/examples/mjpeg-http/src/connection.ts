/** One request to a camera, with what stands between it and the image: redirects and a login. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { answerChallenge } from 'mediamtx-camera-service/kit';
import { PortError } from 'mediamtx-camera-service/plugin-api';
import { shown, type Target } from './target.js';

const MAX_REDIRECTS = 5;
const MAX_HEADER_BYTES = 65_536;
const ACCEPT = 'image/jpeg, multipart/x-mixed-replace, */*';
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * @returns the response of the camera, whose body the caller reads or destroys.
 * @throws PortError `DEVICE_GONE`, `DEVICE_BUSY`, `DEVICE_FORBIDDEN`, `DEVICE_UNSUPPORTED`; the signal's reason.
 */
export async function openCamera(camera: Target, signal: AbortSignal): Promise<IncomingMessage> {
  let target = camera;
  for (let turn = 0; turn <= MAX_REDIRECTS; turn += 1) {
    const response = await answered(target, signal);
    const { statusCode: status = 0, headers } = response;
    if (status >= 200 && status < 300) return response;
    response.destroy();
    if (!REDIRECTS.has(status) || headers.location === undefined) throw refusal(target, status);
    target = redirected(target, headers.location);
  }
  throw unusable(camera, `redirects more than ${String(MAX_REDIRECTS)} times`);
}

/** Asks again with credentials when the camera wants them, and in the way that it wants. */
async function answered(target: Target, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, login } = target;
  const first = await ask(target, {}, signal);
  const challenges = first.headersDistinct['www-authenticate'] ?? [];
  if (first.statusCode !== 401 || login === undefined) return first;
  const asked = { method: 'GET', uri: `${url.pathname}${url.search}` };
  const authorization = answerChallenge(challenges, login, asked);
  if (authorization === undefined) return first;
  first.destroy();
  return ask(target, { authorization }, signal);
}

async function ask(
  target: Target,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const { url, isTlsVerified } = target;
  const isTls = url.protocol === 'https:';
  const options: RequestOptions = {
    ...{ headers: { accept: ACCEPT, ...headers }, signal },
    // A connection for each request: cameras promise more about kept ones than they hold.
    ...{ agent: false, maxHeaderSize: MAX_HEADER_BYTES, rejectUnauthorized: isTlsVerified },
    // Many cameras write header lines that no standard allows; nothing is forwarded from here.
    insecureHTTPParser: true,
  };
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const request = isTls
        ? httpsRequest(url.href, options, resolve)
        : httpRequest(url.href, options, resolve);
      request.once('error', reject).end();
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw unreachable(target, cause);
  }
}

/** Credentials are for the server that they were given for. */
function redirected(target: Target, location: string): Target {
  if (!URL.canParse(location, target.url.href)) throw unusable(target, 'redirects to no address');
  const url = new URL(location, target.url);
  if (!/^https?:$/.test(url.protocol)) throw unusable(target, `redirects to ${url.protocol}`);
  url.username = url.password = url.hash = '';
  const { login, isTlsVerified } = target;
  const isSame = url.origin === target.url.origin;
  return { url, isTlsVerified, ...(isSame && login !== undefined ? { login } : {}) };
}

function refusal({ url, login }: Target, status: number): PortError {
  const message = `${shown(url)} answers with status ${String(status)}`;
  if (status === 401 || status === 403) {
    const remedy = login === undefined ? 'set username and password' : 'check username and password';
    return new PortError('DEVICE_FORBIDDEN', { message: `${message}; ${remedy}`, detail: { status } });
  }
  const code = status === 503 || status === 429 ? 'DEVICE_BUSY' : 'DEVICE_GONE';
  return new PortError(code, { message, retryable: true, detail: { status } });
}

function unreachable({ url }: Target, cause: unknown): PortError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return new PortError('DEVICE_UNSUPPORTED', {
      message: `${shown(url)} has a certificate that is not trusted (${code}); set allow_self_signed if it is yours`,
      cause,
      detail: { reason: 'certificate' },
    });
  const why = code === '' ? message : code;
  return new PortError('DEVICE_GONE', {
    message: `${shown(url)} cannot be reached: ${why}`,
    cause,
    retryable: true,
  });
}

function unusable({ url }: Target, why: string): PortError {
  return new PortError('DEVICE_UNSUPPORTED', { message: `${shown(url)} ${why}` });
}
