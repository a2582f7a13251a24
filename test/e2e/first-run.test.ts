import jpegTurbo from '@julusian/jpeg-turbo';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { probeFile, until } from '../worlds/media.js';
import { pickPorts, type ServicePorts } from '../worlds/service.js';
import { connectWs, type WsClient } from '../worlds/ws-client.js';
import { makeClone, npmStart, offline, type Clone, type Started } from './support/clone.js';
import { lostWithin, recordedTimes } from './support/recorded.js';
import {
  quantile,
  seconds,
  sizeOf,
  tell,
  type StartedRecording,
  type StoppedRecording,
  type TakenSnapshot,
} from './support/world.js';

const run = promisify(execFile);
const FIRST_START_WITHIN_MS = 170_000;
const SECOND_START_WITHIN_MS = 3_000;
const RECORDED_MS = 4_000;

interface Listed {
  readonly files: readonly { readonly filename: string; readonly download_url: string }[];
}

describe('from a clean clone in an empty home', () => {
  let ports: ServicePorts;
  let clone: Clone;
  let started: Started;
  let token: string;
  let client: WsClient;
  let recording: StoppedRecording;
  before(async () => {
    ports = await pickPorts();
    clone = makeClone(ports);
    expect(existsSync(join(clone.folder, 'node_modules'))).to.equal(false);
    started = npmStart(clone, clone.env);
  });
  after(() => {
    started.clear();
    clone.remove();
  });

  it('npm start is all it takes', async () => {
    await serving(started, ports, FIRST_START_WITHIN_MS);
    tell(
      `first start, modules from npm's cache: serving after ${seconds(performance.now() - started.startedAt)}`,
    );
    await until('greeting', () => started.output().includes('Live stream of'), 10_000);
  });

  it('npx camera-service token prints the token that opens the door', async () => {
    const words = ['camera-service', 'token', '--role', 'operator', '--ttl', '1h'];
    const { stdout } = await run('npx', words, { cwd: clone.folder, env: clone.env });
    token = stdout.trim();
    client = await connectWs(wsUrl(ports), { callWithinMs: 20_000 });
    const login = await client.call<{ role: string }>('authenticate', { auth_token: token });
    expect(login.role).to.equal('operator');
  });

  it('lists two cameras', async () => {
    const list = await client.call<{ cameras: { status: string }[] }>('get_camera_list');
    expect(list.cameras.map(({ status }) => status)).to.deep.equal(['CONNECTED', 'CONNECTED']);
  });

  it('takes a snapshot: a JPEG that can be decoded and has the size of the camera', async () => {
    const taken = await client.call<TakenSnapshot>('take_snapshot', { device: 'camera0' });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${httpUrl(ports)}${taken.file_path}`, { headers });
    expect(answer.status).to.equal(200);
    const jpeg = Buffer.from(await answer.arrayBuffer());
    const { width, height } = jpegTurbo.decompressSync(jpeg, { format: jpegTurbo.FORMAT_RGB });
    expect([width, height, jpeg.length]).to.deep.equal([1280, 720, taken.file_size]);
  });

  it('records: the file grows until it is stopped', async () => {
    const { filename } = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
    const file = join(clone.folder, '.dev/recordings', filename);
    const atFirst = sizeOf(file);
    expect(atFirst).to.be.above(0);
    const until4s = performance.now() + RECORDED_MS;
    await until('growth', () => sizeOf(file) > 2 * atFirst && performance.now() > until4s, 15_000);
    recording = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
    expect(recording.files).to.deep.equal([filename]);
  });

  it('hands the file out for its ticket: it decodes without an error, and all its seconds are there', async () => {
    const { files } = await client.call<Listed>('list_recordings');
    const entry = files.find(({ filename }) => filename === recording.filename);
    const url = new URL(entry?.download_url ?? '', httpUrl(ports));
    const answer = await fetch(url);
    expect(answer.status).to.equal(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.length).to.equal(recording.file_size);
    const file = join(clone.folder, 'downloaded.mp4');
    writeFileSync(file, bytes);
    const probed = await probeFile(file);
    expect(probed.errors).to.deep.equal([]);
    const times = await recordedTimes(file);
    const span = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
    tell(
      `${recording.duration.toFixed(2)} s told, ${probed.durationSeconds.toFixed(2)} s in the file, ${span.toFixed(2)} s by its pictures`,
    );
    expect(recording.duration).to.be.closeTo(probed.durationSeconds, 0.5);
    expect(span).to.be.closeTo(probed.durationSeconds, 0.5);
    expect(span).to.be.at.least(RECORDED_MS / 1_000 - 0.5);
    expect(lostWithin(times), 'lost pictures').to.be.below(3);
    expect((await fetch(url.href.replace(/ticket=.{8}/, 'ticket=AAAAAAAA'))).status).to.equal(401);
  });

  it('Ctrl-C ends it in good order', async () => {
    const began = performance.now();
    started.interrupt();
    await started.exited;
    tell(`ended after ${seconds(performance.now() - began)}`);
    expect(started.output()).to.contain('service has stopped');
    expect(started.clear().map(({ command }) => command.join(' '))).to.deep.equal([]);
  });

  it('starts again within 3 s, without a network', async () => {
    const times: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      started = npmStart(clone, offline(clone.env));
      times.push(await serving(started, ports, 20_000));
      started.interrupt();
      await started.exited;
    }
    tell(`further starts: serving after ${times.map(seconds).join(', ')}`);
    expect(quantile(times, 0.5)).to.be.below(SECOND_START_WITHIN_MS);
  });
});

/** @returns milliseconds from the start to the first accepted connection. */
async function serving(started: Started, ports: ServicePorts, withinMs: number): Promise<number> {
  const accepts = async (): Promise<boolean> => {
    const client = await connectWs(wsUrl(ports), { connectWithinMs: 1_000 }).catch(() => undefined);
    await client?.close();
    return client !== undefined;
  };
  const gone = started.exited.then((code) => {
    throw new Error(`npm start ended with ${String(code)}`);
  });
  try {
    await Promise.race([until('accepted connection', accepts, withinMs), gone]);
  } catch (cause) {
    throw new Error(`npm start said:\n${started.output()}`, { cause });
  }
  return performance.now() - started.startedAt;
}

function wsUrl({ api }: ServicePorts): string {
  return `ws://127.0.0.1:${api}/ws`;
}

function httpUrl({ api }: ServicePorts): string {
  return `http://127.0.0.1:${api}`;
}
