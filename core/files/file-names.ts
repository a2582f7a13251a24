import type { FileKind } from '../../ports/index.js';

/** What a file's name tells. */
export interface ParsedName {
  readonly camera: string;
  /** The time in the name, read as UTC, in milliseconds since 1970; `undefined` for a name that a client chose. */
  readonly startedAt?: number;
  /** Tells which recording a file belongs to; absent for snapshots and for files of the earliest version. */
  readonly mark?: string;
}

const STAMPED = /^(.+)_(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})-(\d{3,6})(?:_([A-Za-z0-9]{1,32}))?$/;

/** Name of a still picture: `camera0_2026-11-21_13-45-10-123.jpg`, in UTC. */
export function snapshotName(camera: string, at: number, format: 'jpg' | 'png'): string {
  return `${stampedName(camera, at)}.${format}`;
}

/** Name of something of a camera at a time, in UTC, without an extension. */
export function stampedName(camera: string, at: number): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, -1).split('T');
  return `${camera}_${day}_${time.replaceAll(/[:.]/g, '-')}`;
}

/** Reads `<camera>_<time>[_<mark>].<extension>`, as snapshots and the media server's recordings are called. */
export function parseFileName(filename: string): ParsedName | undefined {
  const parts = STAMPED.exec(withoutExtension(filename));
  if (!parts) return undefined;
  const [, camera = '', day = '', hour = '', minute = '', second = '', fraction = '', mark] = parts;
  const startedAt = Date.parse(`${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}Z`);
  return {
    camera,
    ...(Number.isNaN(startedAt) ? {} : { startedAt }),
    ...(mark === undefined ? {} : { mark }),
  };
}

export function extensionOf(filename: string): string {
  const dot = filename.lastIndexOf('.');
  return dot > 0 ? filename.slice(dot + 1).toLowerCase() : '';
}

export function withoutExtension(filename: string): string {
  const dot = filename.lastIndexOf('.');
  return dot > 0 ? filename.slice(0, dot) : filename;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  ts: 'video/mp2t',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
};

export function contentTypeOf(filename: string): string {
  return CONTENT_TYPES[extensionOf(filename)] ?? 'application/octet-stream';
}

/** What clients call the container of a file. The media server writes `.mp4` as fragmented MP4 unless it was remuxed. */
export function formatOf(kind: FileKind, filename: string): string {
  const extension = extensionOf(filename);
  if (kind === 'snapshots') return extension === 'jpeg' ? 'jpg' : extension;
  return { mp4: 'fmp4', ts: 'mpegts' }[extension] ?? extension;
}
