/** Older programs of ffmpeg, from stand-ins that refuse what these do not know. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { captureArguments } from '../../../adapters/capture/ffmpeg/capture-arguments.js';
import { createFfmpegCapture } from '../../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import { FfmpegDialect, inOlderWords, unknownOption } from '../../../adapters/_shared/ffmpeg-dialect.js';
import type { CaptureEnd, CaptureJob } from '../../../ports/index.js';
import { realClock, silentLog } from '../../worlds/synthetic.js';

const JOB: CaptureJob = {
  camera: 'camera0',
  source: { key: 's:/x.sock', kind: 'synthetic', locator: '/x.sock', name: 'Camera', hints: {} },
  format: { pixelFormat: 'MJPG', width: 64, height: 48, fps: 10 },
  publishUrl: 'rtsp://127.0.0.1/camera0',
  tapFps: 5,
};
const ARGUMENTS = captureArguments(JOB, { maxBitrateKbps: 1_000, encoderThreads: 1 });

describe('ffmpeg of another version', () => {
  let folder: string;
  let ffmpegPath: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ffmpeg-dialect-'));
    ffmpegPath = join(folder, 'ffmpeg');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Counts its runs in a file. */
  const install = (...unknown: readonly string[]): Promise<void> => {
    const refusals = unknown.map(
      (name) =>
        `[ "$word" = -${name} ] && { echo "Unrecognized option '${name}'." >&2; echo "Error splitting the argument list: Option not found" >&2; exit 1; }`,
    );
    const lines = ['#!/bin/sh', `echo run >> ${folder}/runs`, 'for word in "$@"; do :', ...refusals, 'done'];
    const text = [...lines, 'echo "Output file #0 does not contain any stream" >&2', 'exit 1', ''].join('\n');
    return writeFile(ffmpegPath, text, { mode: 0o755 });
  };
  const runs = async (): Promise<number> =>
    (await readFile(join(folder, 'runs'), 'utf8')).split('\n').length - 1;
  const capture = () => {
    const limits = { maxBitrateKbps: 1_000, encoderThreads: 1, maxFrameBytes: 1 << 20 };
    return createFfmpegCapture(
      { ffmpegPath, runDir: folder, ...limits },
      { log: silentLog, clock: realClock },
    );
  };
  const captured = async (source = JOB.source): Promise<CaptureEnd> =>
    (await capture().start({ ...JOB, source }, new AbortController().signal)).ended;

  const versions: readonly (readonly [string, readonly string[]])[] = [
    ['4.3', ['fps_mode', 'stats_period']],
    ['4.4', ['fps_mode']],
    ['5.1', []],
    ['one without the older name', ['vsync']],
  ];
  for (const [version, unknown] of versions) {
    it(`is asked once what it knows, and gets nothing else: ${version}`, async () => {
      await install(...unknown);
      const dialect = new FfmpegDialect(ffmpegPath, folder);
      const args = await dialect.translate(ARGUMENTS);
      for (const name of unknown) expect(args).to.not.include(`-${name}`);
      expect(args.filter((word) => word === 'passthrough')).to.have.lengthOf(1);
      expect(args.includes('-vsync')).to.equal(unknown.includes('fps_mode'));
      expect(args.includes('0.25')).to.equal(!unknown.includes('stats_period'));
      const asked = await runs();
      expect(await dialect.translate(ARGUMENTS)).to.deep.equal(args);
      expect(await runs()).to.equal(asked);
    });
  }

  it('is asked again when it was replaced meanwhile', async () => {
    await install('fps_mode');
    const dialect = new FfmpegDialect(ffmpegPath, folder);
    expect(await dialect.translate(ARGUMENTS)).to.include('-vsync');
    await install('vsync');
    dialect.learn(["Unrecognized option 'vsync'."]);
    expect(await dialect.translate(ARGUMENTS)).to.include('-fps_mode');
  });

  it('is no busy camera when it knows too little', async () => {
    await install('progress');
    const locator = join(folder, 'camera.sock');
    await writeFile(locator, '');
    const end = await captured({ ...JOB.source, locator });
    expect(end).to.include({ reason: 'failed' });
    expect(end.message).to.include('does not support the option -progress');
    expect(end.tail.join()).to.include('Unrecognized option');
  });

  it('is no busy camera when it ends early for another reason, and is one when somebody has it', async () => {
    await install();
    const locator = join(folder, 'camera.sock');
    await writeFile(locator, '');
    expect(await captured({ ...JOB.source, locator })).to.include({ reason: 'failed' });
    await writeFile(join(folder, 'camera.busy'), 'zoom (pid 1)');
    expect(await captured({ ...JOB.source, locator })).to.include({
      reason: 'device_busy',
      holder: 'zoom (pid 1)',
    });
  });

  it('is told in its own words what it does not know', () => {
    expect(unknownOption(["Unrecognized option 'fps_mode'.", 'Error splitting'])).to.equal('fps_mode');
    expect(unknownOption(['Option pkt_size not found.'])).to.equal('pkt_size');
    expect(unknownOption(['Error splitting the argument list: Option not found'])).to.equal(undefined);
    expect(inOlderWords(['-a', '-stats_period', '0.25', '-b'], new Set(['-stats_period']))).to.deep.equal([
      '-a',
      '-b',
    ]);
  });
});
