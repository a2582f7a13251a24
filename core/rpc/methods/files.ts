import { deleteMethod, infoMethod, listMethod } from '../file-methods.js';

export const listRecordings = listMethod({
  kind: 'recordings',
  name: 'list_recordings',
  summary: 'Lists the recordings on disk, one page at a time. The list may be empty.',
});

export const listSnapshots = listMethod({
  kind: 'snapshots',
  name: 'list_snapshots',
  summary: 'Lists the snapshots on disk, one page at a time. The list may be empty.',
});

export const getRecordingInfo = infoMethod({
  kind: 'recordings',
  name: 'get_recording_info',
  summary:
    'Returns the session, times, size, duration, resolution and codec of a recording, and its gaps, if any.',
});

export const getSnapshotInfo = infoMethod({
  kind: 'snapshots',
  name: 'get_snapshot_info',
  summary: 'Returns the file size and the dimensions of a snapshot.',
});

export const deleteRecording = deleteMethod({
  kind: 'recordings',
  name: 'delete_recording',
  summary: 'Deletes a recording. A file that is still being written, or is protected, cannot be deleted.',
});

export const deleteSnapshot = deleteMethod({
  kind: 'snapshots',
  name: 'delete_snapshot',
  summary: 'Deletes a snapshot.',
});
