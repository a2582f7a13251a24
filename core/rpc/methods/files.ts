import { deleteMethod, infoMethod, listMethod } from '../file-methods.js';

export const listRecordings = listMethod({
  kind: 'recordings',
  name: 'list_recordings',
  summary: 'Recordings on disk, one page at a time. An empty list is a success.',
});

export const listSnapshots = listMethod({
  kind: 'snapshots',
  name: 'list_snapshots',
  summary: 'Snapshots on disk, one page at a time. An empty list is a success.',
});

export const getRecordingInfo = infoMethod({
  kind: 'recordings',
  name: 'get_recording_info',
  summary: 'One recording: size, length, codec, and the hole before it if there is one.',
});

export const getSnapshotInfo = infoMethod({
  kind: 'snapshots',
  name: 'get_snapshot_info',
  summary: 'One snapshot: size in bytes and pixels.',
});

export const deleteRecording = deleteMethod({
  kind: 'recordings',
  name: 'delete_recording',
  summary: 'Deletes a recording. One that is being written is refused.',
});

export const deleteSnapshot = deleteMethod({
  kind: 'snapshots',
  name: 'delete_snapshot',
  summary: 'Deletes a snapshot.',
});
