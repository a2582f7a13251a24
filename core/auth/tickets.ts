import type { Clock } from '../../ports/clock.js';
import type { FileKind } from '../../ports/file-store.js';

export interface TicketOptions {
  /** Secret of at least 32 random bytes. Tickets of another secret are not accepted. */
  readonly secret: Uint8Array;
  /** Seconds a ticket is good for. */
  readonly ttlSeconds: number;
}

export interface TicketSubject {
  readonly kind: FileKind;
  readonly filename: string;
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const SHAPE = /^(\d{10,12})\.([A-Za-z0-9_-]{43})$/;
const text = new TextEncoder();

/** Short-lived leave to download one file: `<expiry in seconds>.<HMAC of kind, name and expiry>`. */
export class Tickets {
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  readonly #key: ReturnType<typeof crypto.subtle.importKey>;

  /** @throws TypeError for a secret that is too short. */
  constructor(clock: Clock, options: TicketOptions) {
    if (options.secret.byteLength < 32) throw new TypeError('a ticket secret has at least 32 bytes');
    this.#clock = clock;
    this.#ttlSeconds = options.ttlSeconds;
    const bytes = new Uint8Array(options.secret);
    this.#key = crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign', 'verify']);
  }

  async issue(subject: TicketSubject): Promise<string> {
    const expiry = Math.floor(this.#clock.now() / 1000) + this.#ttlSeconds;
    const signature = await crypto.subtle.sign(HMAC, await this.#key, message(subject, expiry));
    return `${String(expiry)}.${toBase64Url(new Uint8Array(signature))}`;
  }

  /** True when the ticket was issued here for this file and is still good. Compares in constant time. */
  async verify(ticket: string, subject: TicketSubject): Promise<boolean> {
    const [, expiryText, signature] = SHAPE.exec(ticket) ?? [];
    if (expiryText === undefined || signature === undefined) return false;
    const expiry = Number(expiryText);
    if (expiry * 1000 <= this.#clock.now()) return false;
    return crypto.subtle.verify(HMAC, await this.#key, fromBase64Url(signature), message(subject, expiry));
  }
}

function message(subject: TicketSubject, expiry: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(text.encode(`${subject.kind}\n${subject.filename}\n${String(expiry)}`));
}

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(encoded: string): Uint8Array<ArrayBuffer> {
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
