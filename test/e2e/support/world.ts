/** Small means that the end-to-end tests share. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../../worlds/media.js';
import type { RunningService } from '../../worlds/service.js';
import type { WsClient } from '../../worlds/ws-client.js';
import { trueGap } from './recorded.js';

export interface StartedRecording {
  readonly session_id: string;
  readonly filename: string;
  readonly status: string;
  readonly start_time: string;
}

export interface StoppedRecording extends StartedRecording {
  readonly files: readonly string[];
  readonly duration: number;
  readonly file_size: number;
  readonly format: string;
  readonly conversion?: {
    readonly format: string;
    readonly state: string;
    readonly job_ids: readonly string[];
  };
  readonly gaps: readonly {
    readonly from: string;
    readonly to: string;
    readonly seconds: number;
    readonly cause: string;
  }[];
}

export interface TakenSnapshot {
  readonly filename: string;
  readonly timestamp: string;
  readonly file_path: string;
  readonly file_size: number;
  readonly width: number;
  readonly height: number;
  readonly tier_used: number;
  readonly capture_time_ms: number;
  readonly frame_age_ms: number;
}

export interface StreamStatus {
  readonly status: string;
  readonly ready: boolean;
  readonly readers: number;
  readonly publisher: { readonly running: boolean; readonly pid: number | null; readonly restarts: number };
}

export interface CameraStatus {
  readonly status: string;
  readonly reason?: string;
  readonly recording: boolean;
  readonly metrics: { readonly frames: number; readonly last_frame_at: string | null };
}

/** A line of figures in the output of the tests. */
export function tell(line: string): void {
  console.log(`        · ${line}`);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

/** Size of a file; 0 when it is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export function recordingPath(service: RunningService, filename: string): string {
  return service.path('recordings', filename);
}

export function recordingsOnDisk(service: RunningService): readonly string[] {
  const folder = service.path('recordings');
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
}

/** Keeps a camera on without anybody who watches; resolves when its pictures can be had. */
export async function keepRunning(client: WsClient, device: string): Promise<void> {
  await client.call('start_streaming', { device });
  await until(`ready stream of ${device}`, async () => (await streamOf(client, device)).ready, 10_000);
}

export function streamOf(client: WsClient, device: string): Promise<StreamStatus> {
  return client.call<StreamStatus>('get_stream_status', { device });
}

export function cameraOf(client: WsClient, device: string): Promise<CameraStatus> {
  return client.call<CameraStatus>('get_camera_status', { device });
}

export async function healthOf(client: WsClient): Promise<string> {
  return (await client.call<{ status: string }>('get_status')).status;
}

/** An `ffmpeg` that writes down that it was started and then is the real one. For the front of a PATH. */
export function countedFfmpeg(folder: string, real: string) {
  const book = join(folder, 'starts');
  const program = join(folder, 'ffmpeg');
  writeFileSync(program, `#!/bin/sh\necho "$*" >> '${book}'\nexec '${real}' "$@"\n`);
  chmodSync(program, 0o755);
  return {
    /** The arguments of every start so far. */
    starts: (): readonly string[] =>
      existsSync(book) ? readFileSync(book, 'utf8').split('\n').filter(Boolean) : [],
  };
}

/** After a test that failed, shows what the service wrote. To be called inside `describe`. */
export function showOutputOfFailed(service: () => RunningService | undefined): void {
  afterEach(function () {
    if (this.currentTest?.state === 'failed')
      console.log(service()?.output().split('\n').slice(-60).join('\n'));
  });
}

/** A recording in two files: the gap that was told is the one that there is. */
export async function expectToldGap(
  service: RunningService,
  { files, gaps }: Pick<StoppedRecording, 'files' | 'gaps'>,
): Promise<void> {
  expect(files).to.have.length(2);
  expect(gaps).to.have.length(1);
  const told = gaps[0]?.seconds ?? Number.NaN;
  const gap = await trueGap(files.map((name) => recordingPath(service, name)));
  tell(`pictures are missing for ${gap.seconds.toFixed(2)} s, told: ${told.toFixed(2)} s`);
  expect(told).to.be.closeTo(gap.seconds, 0.5 + gap.slackSeconds);
}
