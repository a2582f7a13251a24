/** Uploads finished recordings. */
import { clientTransport } from 'mediamtx-camera-service/kit';
import type { Transport } from 'mediamtx-camera-service/plugin-api';
import type { S3Options } from './options.js';
import { NAME, Run, type S3Parts } from './run.js';

export function createTransport(config: S3Options, parts: S3Parts): Transport {
  return clientTransport(NAME, () => new Run(config, parts));
}
