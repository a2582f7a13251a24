/** One name for a viewer wherever the server speaks of one: in its question, in the list of its paths, and where one is ended. */

/** Protocols by the beginning of the reader's type, and the places of the API where such a reader is ended. */
const KINDS = [
  { protocol: 'rtsp', kick: ['rtspsessions', 'rtspssessions'] },
  { protocol: 'rtmp', kick: ['rtmpconns', 'rtmpsconns'] },
  { protocol: 'webrtc', kick: ['webrtcsessions'] },
  { protocol: 'hls', kick: ['hlssessions'] },
  { protocol: 'srt', kick: ['srtconns'] },
  { protocol: 'moq', kick: ['moqsessions'] },
] as const;

const ID = /^[0-9a-f-]{36}$/i;

/** @returns nothing while there is no viewer yet, and for what cannot be ended. */
export function viewerName(protocol: string, id: string): string | undefined {
  const kind = KINDS.find((each) => protocol.toLowerCase().startsWith(each.protocol));
  return kind === undefined || !ID.test(id) ? undefined : `${kind.protocol}:${id}`;
}

/** The name of a reader in the list of paths, such as `{type: 'rtspSession', id}`. */
export function readerName(reader: unknown): readonly string[] {
  const { type, id } = (reader ?? {}) as { readonly type?: unknown; readonly id?: unknown };
  const name = typeof type === 'string' && typeof id === 'string' ? viewerName(type, id) : undefined;
  return name === undefined ? [] : [name];
}

/** Where the viewer may be ended: encrypted or not, the question does not tell. */
export function kickPaths(viewer: string): readonly string[] {
  const [protocol = '', id = ''] = viewer.split(':');
  const kind = KINDS.find((each) => each.protocol === protocol);
  return ID.test(id) ? (kind?.kick ?? []).map((place) => `/v3/${place}/kick/${id}`) : [];
}
