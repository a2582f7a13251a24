import { describeGap, gapView } from '../views/gap-view.js';
import type { FileKind, MediaFacts } from '../../ports/index.js';
import { contentOf, type IndexedFile } from '../files/file-note.js';
import { FILE_ORDERS, type FileLibrary } from '../library/file-library.js';
import { isoTime } from '../views/camera-view.js';
import { defineMethod, type CallContext, type Method } from './define-method.js';
import { s } from '../validation/schema.js';

const INSPECT_TIMEOUT_MS = 15_000;

/** How the methods about one kind of file are called and what they say. */
export interface FileMethodNames {
  readonly kind: FileKind;
  readonly name: string;
  readonly summary: string;
}

const listedFile = s.object({
  filename: s.string(),
  device: s.string(),
  file_size: s.int({ min: 0 }),
  modified_time: s.time(),
  created_time: s.time(),
  start_time: s.time('When the file begins.'),
  end_time: s.optional(s.time('When the file ends; absent while it is being written.')),
  duration: s.optional(s.number({ min: 0 })),
  gaps: s.optional(s.array(gapView)),
  codec: s.optional(s.string({ doc: 'Video codec, once the file has been examined.' })),
  format: s.string(),
  origin: s.optional(s.constant('export')),
  protected: s.bool(),
  download_url: s.string(),
  thumbnail_url: s.optional(
    s.string({
      doc: 'A JPEG image of the beginning of a recording. The query takes t in seconds and width in pixels.',
    }),
  ),
});

const listParams = s.object({
  limit: s.optional(s.int({ min: 1, max: 1_000, doc: 'Default 50.' })),
  offset: s.optional(s.int({ min: 0, doc: 'Default 0.' })),
  device: s.optional(s.cameraId()),
  since: s.optional(s.time('Only files that begin at or after this time.')),
  until: s.optional(s.time('Only files that begin at or before this time.')),
  order: s.optional(s.oneOf('newest', 'oldest')),
  sort: s.optional(s.oneOf(...FILE_ORDERS)),
});

/** `list_recordings`, `list_snapshots`: the same question about another folder. */
export function listMethod({ kind, name, summary }: FileMethodNames): Method {
  return defineMethod({
    name,
    summary,
    role: 'viewer',
    params: listParams,
    result: s.object({
      files: s.array(listedFile),
      total: s.int({ min: 0 }),
      limit: s.int(),
      offset: s.int(),
    }),
    errors: ['CAMERA_NOT_FOUND'],
    timeoutMs: 10_000,
    audited: false,
    needs: ['files'],
    handler: async (
      { limit = 50, offset = 0, device, since, until, order = 'newest', sort },
      call,
      { files: library },
    ) => {
      const query = {
        limit,
        offset,
        camera: device,
        since: timeOf(since),
        until: timeOf(until),
        order,
        sort,
      };
      const { files, total } = await library.list(kind, query, call.principal);
      return {
        files: await Promise.all(files.map((file) => listed(file, library, call))),
        total,
        limit,
        offset,
      };
    },
  });
}

const fileInfo = s.object({
  filename: s.string(),
  device: s.string(),
  file_size: s.int({ min: 0 }),
  session_id: s.optional(s.string({ doc: 'The recording that the file is a part of.' })),
  duration: s.optional(s.number({ min: 0 })),
  created_time: s.time(),
  start_time: s.time('When the file begins.'),
  end_time: s.optional(s.time('When the file ends; absent while it is being written.')),
  width: s.int({ min: 0 }),
  height: s.int({ min: 0 }),
  codec: s.string(),
  format: s.string(),
  gaps: s.optional(s.array(gapView)),
  protected: s.bool('Whether the file is protected against deletion.'),
  repaired: s.optional(
    s.object(
      { at: s.time(), lost_bytes: s.int({ min: 0 }) },
      'Present if the file was damaged: incomplete parts were moved to quarantine.',
    ),
  ),
  sha256: s.optional(
    s.string({ doc: 'SHA-256 of the file in hexadecimal digits; absent until it has been computed.' }),
  ),
  has_klv: s.optional(s.bool('Whether the file contains KLV metadata; absent if unknown.')),
  download_url: s.string(),
});

/** `get_recording_info`, `get_snapshot_info`. */
export function infoMethod({ kind, name, summary }: FileMethodNames): Method {
  return defineMethod({
    name,
    summary,
    role: 'viewer',
    params: s.object({ filename: s.filename() }),
    result: fileInfo,
    errors: ['FILE_NOT_FOUND', 'DEPENDENCY_FAILED'],
    timeoutMs: INSPECT_TIMEOUT_MS,
    audited: false,
    needs: ['files'],
    handler: async ({ filename }, call, { files: library }) => {
      const file = await library.get(kind, filename, call.principal);
      const facts = await library.inspect(file, call.signal);
      const url = await library.downloadUrl(file, call.principal, call.peer.baseUrl);
      return { ...describe(file, facts, url), protected: library.isProtected(file) };
    },
  });
}

/** `delete_recording`, `delete_snapshot`. */
export function deleteMethod({ kind, name, summary }: FileMethodNames): Method {
  return defineMethod({
    name,
    summary,
    role: 'operator',
    params: s.object({ filename: s.filename() }),
    result: s.object({ filename: s.string(), deleted: s.constant(true), message: s.string() }),
    errors:
      kind === 'recordings'
        ? ['FILE_NOT_FOUND', 'RECORDING_IN_PROGRESS', 'INVALID_STATE']
        : ['FILE_NOT_FOUND'],
    timeoutMs: 5_000,
    audited: ['filename'],
    needs: ['files'],
    handler: async ({ filename }, { principal }, { files: library }) => {
      const deleted = await library.remove(kind, filename, principal);
      return { filename: deleted, deleted: true as const, message: `${deleted} has been deleted.` };
    },
  });
}

async function listed(file: IndexedFile, library: FileLibrary, { principal, peer }: CallContext<'viewer'>) {
  const { durationSeconds: duration, codec, origin } = file.note;
  const url = await library.downloadUrl(file, principal, peer.baseUrl);
  return {
    filename: file.filename,
    device: file.camera,
    file_size: file.sizeBytes,
    modified_time: isoTime(file.modifiedAt),
    created_time: isoTime(file.startedAt),
    ...span(file, duration),
    ...(duration === undefined ? {} : { duration }),
    ...(codec === undefined ? {} : { codec }),
    ...(file.kind === 'recordings' ? { gaps: (file.note.gaps ?? []).map(describeGap) } : {}),
    format: file.format,
    ...(origin === undefined ? {} : { origin }),
    protected: library.isProtected(file),
    download_url: url,
    ...(file.kind === 'recordings' ? { thumbnail_url: url.replace('?', '/thumbnail?') } : {}),
  };
}

function describe(file: IndexedFile, facts: MediaFacts, downloadUrl: string) {
  const { gaps, sessionId } = file.note;
  const format = facts.format === 'unknown' ? file.format : facts.format;
  return {
    filename: file.filename,
    device: file.camera,
    file_size: file.sizeBytes,
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(file.kind === 'recordings' ? { duration: facts.durationSeconds } : {}),
    created_time: isoTime(file.startedAt),
    ...span(file, facts.durationSeconds),
    width: facts.width,
    height: facts.height,
    codec: facts.codec,
    format,
    ...(gaps === undefined ? {} : { gaps: gaps.map(describeGap) }),
    ...klvOf(format, facts),
    ...evidenceOf(file),
    download_url: downloadUrl,
  };
}

function klvOf(format: string, { hasKlv }: MediaFacts): { has_klv?: boolean } {
  if (hasKlv !== undefined) return { has_klv: hasKlv };
  // MP4 as it is recorded has no track for KLV.
  return format === 'fmp4' || format === 'mp4' ? { has_klv: false } : {};
}

/** What proves that a file is as it was recorded, and what was cut off from it. */
function evidenceOf(file: IndexedFile) {
  const { repaired, sha256 } = file.note;
  return {
    ...(repaired && { repaired: { at: isoTime(repaired.at), lost_bytes: repaired.lostBytes } }),
    // That of an earlier content says nothing.
    ...(sha256?.of === contentOf(file) ? { sha256: sha256.hex } : {}),
  };
}

/** When a file begins and ends. One whose duration is unknown ends when it was last written to. */
function span({ startedAt, modifiedAt, note, kind }: IndexedFile, seconds: number | undefined) {
  const end = seconds === undefined ? Math.max(startedAt, modifiedAt) : startedAt + seconds * 1_000;
  const isOver = kind === 'recordings' && note.isOpen !== true;
  return { start_time: isoTime(startedAt), ...(isOver ? { end_time: isoTime(Math.round(end)) } : {}) };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
