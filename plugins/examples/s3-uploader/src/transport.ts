/** Uploads finished recordings. Nobody connects to it, so it accepts no calls. */
import type { Transport } from 'mediamtx-camera-service/plugin-api';
import type { S3Options } from './options.js';
import { NAME, Run, type S3Parts } from './run.js';

export function createTransport(config: S3Options, parts: S3Parts): Transport {
  let run: Run | undefined;
  return {
    name: NAME,
    supports: { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false },
    start: async (service, signal) => {
      signal.throwIfAborted();
      if (run !== undefined) return;
      const starting = new Run(config, parts);
      run = starting;
      try {
        await starting.start(service, signal);
      } catch (cause) {
        if (run === starting) run = undefined;
        await starting.stop();
        throw cause;
      }
    },
    stop: async () => {
      const stopping = run;
      run = undefined;
      await stopping?.stop();
    },
    addresses: () => (run?.isUp === true ? [`${config.endpoint} (${config.bucket})`] : []),
  };
}
