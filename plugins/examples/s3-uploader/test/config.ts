import { defaultsOf } from 'mediamtx-camera-service/plugin-api';
import { S3_OPTIONS, type S3Options } from '../src/options.js';
import { BUCKET, KEY, SECRET } from './storage.js';

export const PART = 5 * 1024 * 1024;

export function configFor(endpoint: string, more: Partial<S3Options> = {}): S3Options {
  const keys = { access_key_id: KEY, secret_access_key: SECRET, bucket: BUCKET };
  const given = { api_key: 'key', endpoint, part_bytes: PART, max_retry_ms: 20, ...keys };
  return { ...defaultsOf(S3_OPTIONS), ...given, ...more };
}
