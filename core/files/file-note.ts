import type { StoredFile } from '../../ports/index.js';
import { formatOf, parseFileName } from './file-names.js';
import type { Gap } from './gap.js';

/** What is known of a file beyond its name, size and dates. Kept over restarts. */
export interface FileNote {
  readonly camera?: string;
  readonly sessionId?: string;
  readonly format?: string;
  readonly durationSeconds?: number;
  /** When it was begun as this service saw it, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** What is missing before and in it. */
  readonly gaps?: readonly Gap[];
  /** What was found in it when it was examined. */
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly hasKlv?: boolean;
  /** The content that was last examined for damage, as `contentOf` names it. */
  readonly examined?: string;
  /** SHA-256 of a content, in hexadecimal digits, and of which one. */
  readonly sha256?: { readonly hex: string; readonly of: string };
  /** What was in it when it was found to be damaged, before it is repaired. Done when `repaired` has the same time. */
  readonly repairing?: Repair;
  /** It was damaged, and complete parts of it were kept. */
  readonly repaired?: Repair;
  /** It was begun, and nobody has seen its end. */
  readonly isOpen?: boolean;
  /** How long it was when it was last looked at while it was written. */
  readonly seenBytes?: number;
  /** The container in which it is still to be rewritten; `null` when that was done or given up. */
  readonly convertTo?: 'mp4' | 'mkv' | 'avi' | null;
  /** Absent for what was recorded. */
  readonly origin?: 'export';
  /** Of a clip: the period that was asked for, and when its last frame ends. Milliseconds since 1970. */
  readonly source?: { readonly from: number; readonly to: number; readonly until: number };
  /** When it was first found to be missing, in milliseconds since 1970. */
  readonly missingSince?: number;
}

/** What was cut off from a damaged file, and when, in milliseconds since 1970. */
export interface Repair {
  readonly at: number;
  readonly lostBytes: number;
}

/** Names the content of a file: another size or modification time is another content. */
export function contentOf({ sizeBytes, modifiedAt }: Pick<StoredFile, 'sizeBytes' | 'modifiedAt'>): string {
  return `${String(sizeBytes)}/${String(modifiedAt)}`;
}

export interface IndexedFile extends StoredFile {
  /** Empty when nothing tells which camera it is of. */
  readonly camera: string;
  readonly format: string;
  /** When its first picture was taken, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly note: FileNote;
}

/** A file is made within this time after its first frame. */
const SEEN_MS = 3_000;
const QUARTER_MS = 15 * 60_000;
const FARTHEST_ZONE_MS = 14 * 3_600_000;
const NOTHING: FileNote = {};

export function describeFile(file: StoredFile, note: FileNote = NOTHING): IndexedFile {
  const name = parseFileName(file.filename);
  return {
    kind: file.kind,
    filename: file.filename,
    sizeBytes: file.sizeBytes,
    modifiedAt: file.modifiedAt,
    createdAt: file.createdAt,
    camera: note.camera ?? name?.camera ?? '',
    format: note.format ?? formatOf(file.kind, file.filename),
    startedAt: note.startedAt ?? beganAt(name?.startedAt, file.createdAt),
    note,
  };
}

/** The time in a name, unless it is plainly that of another time zone than UTC: then the disk knows better. */
function beganAt(stamp: number | undefined, createdAt: number): number {
  if (stamp === undefined) return createdAt;
  const away = Math.abs(createdAt - stamp);
  const quarters = Math.round(away / QUARTER_MS);
  const isZone = quarters > 0 && away <= FARTHEST_ZONE_MS + SEEN_MS;
  return isZone && Math.abs(away - quarters * QUARTER_MS) <= SEEN_MS ? createdAt : stamp;
}
