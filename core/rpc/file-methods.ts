import { describeGap, gapView } from '../views/gap-view.js';
import type { FileKind, MediaFacts } from '../../ports/index.js';
import type { IndexedFile } from '../files/file-note.js';
import type { FileLibrary } from '../library/file-library.js';
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
  duration: s.optional(s.number({ min: 0 })),
  format: s.string(),
  protected: s.bool(),
  download_url: s.string(),
});

/** `list_recordings`, `list_snapshots`: the same question about another folder. */
export function listMethod({ kind, name, summary }: FileMethodNames): Method {
  return defineMethod({
    name,
    summary,
    role: 'viewer',
    params: s.object({
      limit: s.optional(s.int({ min: 1, max: 1_000, doc: 'Default 50.' })),
      offset: s.optional(s.int({ min: 0, doc: 'Default 0.' })),
      device: s.optional(s.cameraId()),
      since: s.optional(s.time('Only files that begin at or after this time.')),
      until: s.optional(s.time('Only files that begin at or before this time.')),
      order: s.optional(s.oneOf('newest', 'oldest')),
    }),
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
      { limit = 50, offset = 0, device, since, until, order = 'newest' },
      call,
      { files: library },
    ) => {
      const query = { limit, offset, camera: device, since: timeOf(since), until: timeOf(until), order };
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

/** `get_recording_info`, `get_snapshot_info`. */
export function infoMethod({ kind, name, summary }: FileMethodNames): Method {
  return defineMethod({
    name,
    summary,
    role: 'viewer',
    params: s.object({ filename: s.filename() }),
    result: s.object({
      filename: s.string(),
      device: s.string(),
      file_size: s.int({ min: 0 }),
      duration: s.optional(s.number({ min: 0 })),
      created_time: s.time(),
      width: s.int({ min: 0 }),
      height: s.int({ min: 0 }),
      codec: s.string(),
      format: s.string(),
      gaps: s.optional(s.array(gapView)),
      download_url: s.string(),
    }),
    errors: ['FILE_NOT_FOUND', 'DEPENDENCY_FAILED'],
    timeoutMs: INSPECT_TIMEOUT_MS,
    audited: false,
    needs: ['files'],
    handler: async ({ filename }, call, { files: library }) => {
      const file = await library.get(kind, filename, call.principal);
      return describe(
        file,
        await library.inspect(file, call.signal),
        await library.downloadUrl(file, call.principal, call.peer.baseUrl),
      );
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
    errors: kind === 'recordings' ? ['FILE_NOT_FOUND', 'RECORDING_IN_PROGRESS'] : ['FILE_NOT_FOUND'],
    timeoutMs: 5_000,
    audited: ['filename'],
    needs: ['files'],
    handler: async ({ filename }, { principal }, { files: library }) => {
      await library.remove(kind, filename, principal);
      return { filename, deleted: true as const, message: `${filename} has been deleted.` };
    },
  });
}

async function listed(file: IndexedFile, library: FileLibrary, { principal, peer }: CallContext<'viewer'>) {
  const duration = file.note.durationSeconds;
  return {
    filename: file.filename,
    device: file.camera,
    file_size: file.sizeBytes,
    modified_time: isoTime(file.modifiedAt),
    created_time: isoTime(file.startedAt),
    ...(duration === undefined ? {} : { duration }),
    format: file.format,
    protected: false,
    download_url: await library.downloadUrl(file, principal, peer.baseUrl),
  };
}

function describe(file: IndexedFile, facts: MediaFacts, downloadUrl: string) {
  const { gaps } = file.note;
  return {
    filename: file.filename,
    device: file.camera,
    file_size: file.sizeBytes,
    ...(file.kind === 'recordings' ? { duration: facts.durationSeconds } : {}),
    created_time: isoTime(file.startedAt),
    width: facts.width,
    height: facts.height,
    codec: facts.codec,
    format: facts.format === 'unknown' ? file.format : facts.format,
    ...(gaps === undefined ? {} : { gaps: gaps.map(describeGap) }),
    download_url: downloadUrl,
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
