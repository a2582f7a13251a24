import { MAX_CREDENTIAL_LENGTH, type Principal } from '../../ports/auth-provider.js';
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
const SHAPE = /^(\d{1,12})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
/** No reference is longer than the credential that it was taken from, even when each character takes four in base64. */
const MAX_TICKET_LENGTH = 4 * MAX_CREDENTIAL_LENGTH + 1_024;
const text = new TextEncoder();

/**
 * Short-lived leave to download one file: `<end in seconds>.<credential>.<HMAC of kind, name and both>`. It is worth what the
 * credential is worth for which it was issued, and ends with it; the names of people are not in it, because links are passed on.
 */
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

  /** @param principal for whom; whether it may have the file is the caller's to know. */
  async issue(subject: TicketSubject, principal: Principal): Promise<string> {
    const end = Math.floor(this.#clock.now() / 1000) + this.#ttlSeconds;
    const claims = `${String(Math.max(0, end))}.${toBase64Url(text.encode(referenceOf(principal)))}`;
    const signature = await crypto.subtle.sign(HMAC, await this.#key, message(subject, claims));
    return `${claims}.${toBase64Url(new Uint8Array(signature))}`;
  }

  /**
   * For whom the ticket was issued, as a viewer without a name, when it was issued here for this file and its own time is not
   * over; whether the credential is still good is to be asked. Compares in constant time.
   */
  async verify(ticket: string, subject: TicketSubject): Promise<Principal | undefined> {
    if (ticket.length > MAX_TICKET_LENGTH) return undefined;
    const [, end = '', reference = '', signature = ''] = SHAPE.exec(ticket) ?? [];
    if (signature === '' || Number(end) * 1000 <= this.#clock.now()) return undefined;
    const claims = message(subject, `${end}.${reference}`);
    const isOurs = await crypto.subtle.verify(HMAC, await this.#key, fromBase64Url(signature), claims);
    return isOurs ? bearerOf(new TextDecoder().decode(fromBase64Url(reference))) : undefined;
  }
}

/** With the name of who it was only where the provider does not tell credentials apart. */
type Reference = readonly [
  provider: string,
  credentialId: string | null,
  expiresAt: number | null,
  id?: string,
];

function referenceOf({ provider, credentialId, expiresAt, id }: Principal): string {
  const reference: Reference = [provider, credentialId ?? null, expiresAt ?? null];
  return JSON.stringify(credentialId === undefined ? [...reference, id] : reference);
}

/** Of a text that was signed here. */
function bearerOf(reference: string): Principal {
  const [provider, credentialId, expiresAt, id = 'bearer of a link'] = JSON.parse(reference) as Reference;
  return {
    id,
    role: 'viewer',
    provider,
    ...(credentialId === null ? {} : { credentialId }),
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}

function message(subject: TicketSubject, claims: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(text.encode(`${subject.kind}\n${subject.filename}\n${claims}`));
}

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(encoded: string): Uint8Array<ArrayBuffer> {
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
