import type { DocumentInfo } from './open-rpc.js';

/** Breaking a name, a field or a code needs a new major version. */
export const API_VERSION = '1.0.0';

export const API_INFO: DocumentInfo = {
  title: 'MediaMTX Camera Service',
  description: 'Cameras, streams, snapshots, recordings and events of one video sensor.',
  version: API_VERSION,
};
