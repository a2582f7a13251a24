/** Calls of the services of a camera, with the login that ONVIF asks for (ONVIF Core Specification, 5.9.1; WS-Security UsernameToken Profile 1.0). */
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { answerChallenge } from 'mediamtx-camera-service/kit';
import { PortError } from 'mediamtx-camera-service/plugin-api';
import { escapeXml, nodeAt, parseXml, textAt, type XmlNode } from './xml.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Call {
  readonly url: URL;
  /** The body of the message. */
  readonly body: string;
  readonly login?: Login | undefined;
  /** The camera's time in milliseconds, which its check of a login goes by. */
  readonly nowMs: number;
}

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5000;
const SECURITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';

/**
 * @returns the body of the answer.
 * @throws PortError `DEVICE_FORBIDDEN` when the camera refuses the login, `DEVICE_GONE` when it does not answer, `DEVICE_UNSUPPORTED` for
 * any other fault and for an answer that is too long or no SOAP message; the signal's reason.
 */
export async function callCamera(call: Call, signal: AbortSignal): Promise<XmlNode> {
  const text = envelopeOf(call);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    let response = await post(call.url, text, {}, limited);
    const challenges = response.headersDistinct['www-authenticate'] ?? [];
    if (response.statusCode === 401 && call.login !== undefined) {
      const authorization = answerChallenge(challenges, call.login, {
        method: 'POST',
        uri: call.url.pathname,
      });
      if (authorization !== undefined) {
        response.destroy();
        response = await post(call.url, text, { authorization }, limited);
      }
    }
    return bodyOf(await textOf(response), response.statusCode ?? 0);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PortError) throw cause;
    throw new PortError('DEVICE_GONE', {
      message: `${call.url.host} does not answer`,
      retryable: true,
      cause,
    });
  }
}

/** `PasswordDigest`: the password itself does not travel. @param nonce 16 bytes or more that are used once. */
export function passwordDigest(nonce: Uint8Array, created: string, password: string): string {
  return createHash('sha1').update(nonce).update(created).update(password).digest('base64');
}

function envelopeOf({ body, login, nowMs }: Call): string {
  const header = login === undefined ? '' : `<s:Header>${tokenOf(login, nowMs)}</s:Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${header}<s:Body>${body}</s:Body></s:Envelope>`;
}

function tokenOf({ username, password }: Login, nowMs: number): string {
  const nonce = randomBytes(16);
  const created = new Date(nowMs).toISOString();
  const digest = passwordDigest(nonce, created, password);
  return `<Security s:mustUnderstand="1" xmlns="${SECURITY}wssecurity-secext-1.0.xsd"><UsernameToken><Username>${escapeXml(username)}</Username><Password Type="${SECURITY}username-token-profile-1.0#PasswordDigest">${digest}</Password><Nonce EncodingType="${SECURITY}soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce><Created xmlns="${SECURITY}wssecurity-utility-1.0.xsd">${created}</Created></UsernameToken></Security>`;
}

function post(
  url: URL,
  text: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  // Cameras sign their certificates themselves; the digest does not tell a listener the password.
  const tls = { rejectUnauthorized: false };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const type = { 'content-type': 'application/soap+xml; charset=utf-8' };
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: false,
      signal,
      headers: { ...type, ...headers },
      ...tls,
    } as const;
    send(url, options, resolve).once('error', reject).end(text);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) {
      response.destroy();
      throw unsupported('its answer is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function bodyOf(text: string, status: number): XmlNode {
  if (status === 401 || status === 403) throw forbidden();
  let body: XmlNode;
  try {
    body = nodeAt(parseXml(text), 'Envelope', 'Body');
  } catch (cause) {
    throw unsupported('its answer is no SOAP message', cause);
  }
  const fault = nodeAt(body, 'Fault');
  if (fault === undefined && status === 200) return body;
  if (
    /NotAuthorized|FailedAuthentication/.test(
      `${textAt(fault, 'Code', 'Subcode', 'Value')} ${textAt(fault, 'Code', 'Subcode', 'Subcode', 'Value')}`,
    )
  )
    throw forbidden();
  throw unsupported(`it answers with HTTP status ${String(status)}`);
}

function forbidden(): PortError {
  return new PortError('DEVICE_FORBIDDEN', { message: 'the camera refuses the user name or the password' });
}

function unsupported(message: string, cause?: unknown): PortError {
  return new PortError('DEVICE_UNSUPPORTED', { message, cause });
}
