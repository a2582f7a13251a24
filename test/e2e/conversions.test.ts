import { expect } from 'chai';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ffmpegBin, probeFile, tempDir, until } from '../worlds/media.js';
import { pickPorts, startService, type RunningService } from '../worlds/service.js';
import {
  recordingPath,
  recordingsOnDisk,
  showOutputOfFailed,
  tell,
  type StoppedRecording,
} from './support/world.js';

describe('a conversion that is interrupted', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let service: RunningService | undefined;
  showOutputOfFailed(() => service);
  const hold = (): string => join(folder.path, 'hold');

  before(async () => {
    folder = await tempDir();
    // It begins a file and gets no further, as long as there is a file that says so.
    const stuck = `case "$*" in *matroska*) for last; do :; done; echo begun > "$last"; exec sleep 60;; esac`;
    const program = join(folder.path, 'slow-ffmpeg');
    writeFileSync(
      program,
      `#!/bin/sh\nif [ -e '${hold()}' ]; then ${stuck}; fi\nexec '${ffmpegBin()}' "$@"\n`,
    );
    chmodSync(program, 0o755);
  });
  after(async () => {
    await service?.stop();
    await folder.remove();
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`by ${signal} is done after the next start, and the recording is kept until then`, async () => {
      const set = {
        'ffmpeg_tool.ffmpeg_path': join(folder.path, 'slow-ffmpeg'),
        'recordings.convert_wait_ms': '200',
      };
      const place = { dir: folder.path, ports: await pickPorts(), set };
      writeFileSync(hold(), '');
      service = await startService(place);
      let client = await service.client('operator');
      await client.call('start_recording', { device: 'camera1', format: 'mkv' });
      const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera1' });
      expect(stopped).to.deep.include({ format: 'fmp4' });
      expect(stopped.conversion).to.include({ format: 'mkv', state: 'RUNNING' });
      const [recorded = ''] = stopped.files;
      expect(recorded).to.match(/\.mp4$/);
      const { frames } = await probeFile(recordingPath(service, recorded));
      await until('a conversion at work', () => JSON.stringify(service?.children().all).includes('sleep'));
      const { tookMs } = await service.stop(signal);
      expect(recordingsOnDisk(service)).to.include(recorded);
      rmSync(hold());
      service = await startService(place);
      const made = recorded.replace('.mp4', '.mkv');
      const isDone = (): boolean => service !== undefined && !recordingsOnDisk(service).includes(recorded);
      await until('a conversion that is done', isDone, 30_000);
      expect(recordingsOnDisk(service)).to.include(made);
      const probed = await probeFile(recordingPath(service, made));
      tell(
        `${signal}: it ended in ${tookMs.toFixed(0)} ms, and all ${String(probed.frames)} frames are there`,
      );
      expect(probed).to.deep.include({ frames, errors: [] });
      client = await service.client('operator');
      const { files } = await client.call<{ files: { filename: string; format: string }[] }>(
        'list_recordings',
      );
      expect(files.find(({ filename }) => filename === made)?.format).to.equal('mkv');
      await service.stop();
    });
});
