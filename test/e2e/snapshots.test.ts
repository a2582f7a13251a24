import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBarcode } from '../worlds/barcode.js';
import { ffmpegBin } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import {
  countedFfmpeg,
  keepRunning,
  quantile,
  tell,
  type TakenSnapshot,
  showOutputOfFailed,
} from './support/world.js';

const PICTURES = 200;
/** The tap of a camera that delivers JPEG has every picture of it: 15 a second for camera0 of the development profile. */
const FRAME_MS = 1_000 / 15;
const CALLERS = 10;
const STALL_LOOK_MS = 5;

describe('take_snapshot', () => {
  let tools: string;
  let counted: ReturnType<typeof countedFfmpeg>;
  let service: RunningService;
  showOutputOfFailed(() => service);
  let client: WsClient;
  before(async () => {
    tools = mkdtempSync(join(tmpdir(), 'cs-tools-'));
    mkdirSync(tools, { recursive: true });
    counted = countedFfmpeg(tools, ffmpegBin());
    service = await startService({ env: { PATH: `${tools}:${process.env['PATH'] ?? ''}` } });
    client = await service.client('operator');
  });
  after(async () => {
    await service.stop();
    rmSync(tools, { recursive: true, force: true });
  });

  it('ten callers at once for an idle camera: one capture, ten answers', async () => {
    const callers = await Promise.all(Array.from({ length: CALLERS }, () => service.client('operator')));
    const before = counted.starts().length;
    const began = performance.now();
    const taken = await Promise.all(
      callers.map((caller) => caller.call<TakenSnapshot>('take_snapshot', { device: 'camera1' })),
    );
    const tookMs = performance.now() - began;
    // Once in a run it is found out which options this ffmpeg knows, with one that does nothing else.
    const starts = counted
      .starts()
      .slice(before)
      .filter((words) => !words.endsWith('-f null -'));
    // The synthetic camera itself draws its pictures with another ffmpeg, as long as it is open.
    const captures = starts.filter((words) => !words.includes('lavfi'));
    tell(`${taken.length} answers after ${Math.round(tookMs)} ms from ${captures.length} capture(s)`);
    expect(captures, starts.join('\n')).to.have.length(1);
    expect(starts.length - captures.length).to.equal(1);
    expect(new Set(taken.map(({ filename }) => filename)).size).to.equal(CALLERS);
    const times = taken.map(({ filename }) => readBarcode(pictureOf(service, filename)).generatedAtMs);
    expect(new Set(times).size, 'all of the same moment').to.equal(1);
    for (const { width, height } of taken) expect([width, height]).to.deep.equal([640, 480]);
  });

  it('200 in a row from a running camera: no process is started, none is older than two frames', async () => {
    await keepRunning(client, 'camera0');
    const starts = counted.starts().length;
    const pids = processNumbers(service);
    const calls: number[] = [];
    const ages: number[] = [];
    const stall = watchStalls();
    for (let n = 0; n < PICTURES; n += 1) {
      const began = performance.now();
      const taken = await client.call<TakenSnapshot>('take_snapshot', { device: 'camera0' });
      calls.push(performance.now() - began);
      expect(taken.tier_used).to.equal(0);
      const { generatedAtMs } = readBarcode(pictureOf(service, taken.filename));
      ages.push(Date.parse(taken.timestamp) - generatedAtMs);
    }
    const stallMs = stall.end();
    tell(
      `call: p50 ${ms(quantile(calls, 0.5))}, p95 ${ms(quantile(calls, 0.95))}, max ${ms(Math.max(...calls))}`,
    );
    tell(
      `age of the picture: p50 ${ms(quantile(ages, 0.5))}, p95 ${ms(quantile(ages, 0.95))}, max ${ms(Math.max(...ages))}`,
    );
    expect(counted.starts().length, 'programs started').to.equal(starts);
    expect(processNumbers(service)).to.deep.equal(pids);
    tell(`this machine kept a program waiting for up to ${ms(stallMs)}`);
    expect(Math.max(...ages)).to.be.at.most(2 * FRAME_MS + stallMs);
    expect(Math.min(...ages), 'made before it was taken').to.be.at.least(0);
  });

  it('gives PNG, another width and a chosen name, and never writes over a picture', async () => {
    const named = { device: 'camera0', filename: 'front.png', width: 320 };
    const taken = await client.call<TakenSnapshot>('take_snapshot', named);
    expect(taken).to.include({ filename: 'front.png', width: 320, height: 180 });
    expect(pictureOf(service, 'front.png').subarray(1, 4).toString('latin1')).to.equal('PNG');
    const again = await client.answer('take_snapshot', named);
    expect(again.error).to.deep.include({ code: -32602 });
  });
});

/**
 * How long this machine kept programs waiting that had something to do: a picture passes four of them on its way, here it is an
 * empty line to `cat` and back. On a busy machine pictures are late before they come.
 */
function watchStalls(): { end(): number } {
  const echo = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  let longest = 0;
  let askedAt: number | undefined;
  const heard = (): void => {
    if (askedAt !== undefined) longest = Math.max(longest, performance.now() - askedAt);
    askedAt = undefined;
  };
  echo.stdout.on('data', heard);
  const timer = setInterval(() => {
    if (askedAt !== undefined) return;
    askedAt = performance.now();
    echo.stdin.write('\n');
  }, STALL_LOOK_MS);
  return {
    end: () => {
      clearInterval(timer);
      heard();
      echo.kill();
      return longest;
    },
  };
}

function pictureOf(service: RunningService, filename: string): Buffer {
  return readFileSync(service.path('snapshots', filename));
}

function processNumbers(service: RunningService): readonly number[] {
  return service
    .children()
    .all.map(({ pid }) => pid)
    .sort((a, b) => a - b);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
