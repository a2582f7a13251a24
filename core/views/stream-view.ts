import type { Stream } from '../streams/stream.js';

/** What `get_stream_status` calls the state of a stream. */
export function statusOf(stream: Stream): 'ACTIVE' | 'INACTIVE' | 'STARTING' | 'STOPPING' | 'ERROR' {
  return stream.status === 'ACTIVE' && !stream.isReady ? 'STARTING' : stream.status;
}

/** What `get_stream_url` calls it: an idle stream is NOT_READY, and opening its URL starts it. */
export function readinessOf(stream: Stream): 'READY' | 'NOT_READY' | 'ERROR' {
  if (stream.isReady) return 'READY';
  return stream.status === 'ERROR' ? 'ERROR' : 'NOT_READY';
}
