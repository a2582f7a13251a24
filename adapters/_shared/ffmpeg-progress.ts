/** What ffmpeg tells about its progress, on a pipe of its own. */
import type { Readable } from 'node:stream';

/** @param descriptor the pipe that `readProgress` reads. */
export function progressArguments(descriptor: number): readonly string[] {
  return ['-progress', `pipe:${descriptor}`, '-stats_period', '0.25'];
}

/** @param onFrames gets the number of frames that have been sent. */
export function readProgress(pipe: Readable, onFrames: (frames: number) => void): void {
  let rest = '';
  pipe.setEncoding('latin1');
  pipe.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, 200);
    for (const line of lines) {
      const frames = /^frame=\s*(\d+)/.exec(line)?.[1];
      if (frames !== undefined) onFrames(Number(frames));
    }
  });
}
