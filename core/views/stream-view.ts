import type { StreamStatus, StreamView } from '../streams/stream-view.js';

/** What `get_stream_status` calls the state of a stream. */
export function statusOf({ status, isReady }: StreamView): StreamStatus {
  return status === 'ACTIVE' && !isReady ? 'STARTING' : status;
}

/** What `get_stream_url` calls it: an idle stream is NOT_READY, and opening its URL starts it. */
export function readinessOf(stream: StreamView): 'READY' | 'NOT_READY' | 'ERROR' {
  if (stream.isReady) return 'READY';
  return stream.status === 'ERROR' ? 'ERROR' : 'NOT_READY';
}
