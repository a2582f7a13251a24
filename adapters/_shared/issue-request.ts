/** What every AuthProvider checks before it issues a credential, and on what it reads back. */
import { ROLES, type IssueRequest, type Role } from '../../ports/auth-provider.js';
import { CAMERA_NAME, isCameraName } from '../../ports/camera-name.js';
import { PortError } from '../../ports/port-error.js';

/** As long as OpenID Connect allows. */
const MAX_SUBJECT_LENGTH = 255;
const MAX_CAMERAS = 1000;
/** The last moment of a Date (ECMA-262, Time Values). */
const LAST_TIME_MS = 8.64e15;
/** A hundred years: longer ones are a slip of units. */
const MAX_TTL_SECONDS = 100 * 366 * 86_400;

export function isRole(value: unknown): value is Role {
  return ROLES.includes(value as Role);
}

/** It stands in logs, lists and the audit trail, where it must stay one word on one line. */
export function isSubject(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_SUBJECT_LENGTH &&
    value.trim() !== '' &&
    !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)
  );
}

/** Milliseconds since 1970 that a Date can hold. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LAST_TIME_MS;
}

export function isCameraList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length <= MAX_CAMERAS && value.every((camera) => typeof camera === 'string')
  );
}

/** @throws PortError `OPTION_INVALID` naming the field. */
export function checkIssueRequest(request: IssueRequest): void {
  const { subject, role, cameras, ttlSeconds } = request;
  if (!isSubject(subject)) refuse('subject', `1 to ${MAX_SUBJECT_LENGTH} characters, no control characters`);
  if (!isRole(role)) refuse('role', `one of ${ROLES.join(', ')}`);
  if (cameras !== undefined && !(isCameraList(cameras) && cameras.every(isCameraName)))
    refuse('cameras', `a list of at most ${MAX_CAMERAS} names of cameras, each ${CAMERA_NAME.rule}`);
  if (ttlSeconds !== undefined && !(ttlSeconds > 0 && ttlSeconds <= MAX_TTL_SECONDS))
    refuse('ttlSeconds', `more than 0 and at most ${MAX_TTL_SECONDS} seconds`);
}

function refuse(option: string, rule: string): never {
  throw new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}
