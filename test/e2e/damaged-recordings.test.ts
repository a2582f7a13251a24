/** What is in the recordings folder after everything was killed, whatever state it is in. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { probeFile, tempDir, until } from '../worlds/media.js';
import { isRunning, signalProcess } from '../worlds/processes.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import {
  recordingsOnDisk,
  showOutputOfFailed,
  sizeOf,
  tell,
  type StartedRecording,
} from './support/world.js';

const SOON_MS = 60_000;
const TEN_MINUTES_S = 600;
const TORN_BYTES = 1_000;
const JUNK_BYTES = 300;

interface Info {
  readonly session_id?: string;
  readonly duration: number;
  readonly has_klv?: boolean;
  readonly sha256?: string;
  readonly gaps?: readonly { readonly cause: string }[];
  readonly repaired?: { readonly at: string; readonly lost_bytes: number };
}

describe('the recordings folder after everything was killed', function () {
  this.timeout(240_000);
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let service: RunningService;
  let client: WsClient;
  let torn: StartedRecording;
  let trailing: StartedRecording;
  showOutputOfFailed(() => service);

  const at = (name: string): string => join(folder.path, 'recordings', name);
  const quarantine = (): readonly string[] => readdirSync(at('.quarantine'));
  const info = (filename: string): Promise<Info> => client.call<Info>('get_recording_info', { filename });
  const listed = async (): Promise<readonly string[]> => {
    const { files } = await client.call<{ files: { filename: string }[] }>('list_recordings', { limit: 100 });
    return files.map(({ filename }) => filename);
  };
  const old = (name: string): void => {
    const seconds = Date.now() / 1_000 - TEN_MINUTES_S;
    utimesSync(at(name), seconds, seconds);
  };
  /** Names as the recorder gives them, of recordings of which nothing is known any more. */
  const CUT = 'camera1_2026-01-01_10-00-00-000000_aaaaaaaaaaaa.mp4';
  const JUNK = 'camera1_2026-01-01_11-00-00-000000_bbbbbbbbbbbb.mp4';
  const EMPTY = 'camera1_2026-01-01_12-00-00-000000_cccccccccccc.ts';
  const FOLDER = 'camera1_2026-01-01_13-00-00-000000_dddddddddddd.mp4';
  const FOREIGN = 'notes.txt';
  /** How long the file was before it was cut, by name. */
  let wholeBytes = 0;

  before(async () => {
    folder = await tempDir();
    service = await startService({ dir: folder.path });
    client = await service.client('operator');
    const start = (device: string, format: string) =>
      client.call<StartedRecording>('start_recording', { device, format });
    [torn, trailing] = [await start('camera0', 'fmp4'), await start('camera1', 'mpegts')];
    const isLong = async ({ filename }: StartedRecording): Promise<boolean> =>
      sizeOf(at(filename)) > 60_000 && (await probeFile(at(filename))).frames > 45;
    await until(
      'some seconds in both files',
      async () => (await isLong(torn)) && (await isLong(trailing)),
      SOON_MS,
    );
    const everything = service.children().all;
    service.signal('SIGKILL');
    for (const each of everything) signalProcess(each, 'SIGKILL');
    await service.exited;
    await until('the end of all processes', () => !everything.some(isRunning));
    damage();
    service = await startService({ dir: folder.path, ports: service.ports });
    client = await service.client('operator');
  });
  after(async () => {
    await service?.stop();
    await folder.remove();
  });

  /** What a power failure does: the last bytes did not reach the disk, or others are in their place. */
  function damage(): void {
    copyFileSync(at(torn.filename), at(CUT));
    truncateSync(at(CUT), Math.floor(sizeOf(at(CUT)) * 0.7));
    wholeBytes = sizeOf(at(torn.filename));
    truncateSync(at(torn.filename), wholeBytes - TORN_BYTES);
    appendFileSync(at(trailing.filename), Buffer.alloc(JUNK_BYTES, 1));
    writeFileSync(at(JUNK), 'this is no recording at all');
    writeFileSync(at(EMPTY), '');
    mkdirSync(at(FOLDER));
    writeFileSync(at(FOREIGN), 'put there by somebody');
    for (const name of [CUT, JUNK, EMPTY, FOREIGN]) old(name);
  }

  it('is listed at once, without what is no file', async () => {
    const names = await listed();
    expect(names).to.include.members([torn.filename, trailing.filename, CUT, FOREIGN]);
    expect(names).to.not.include(FOLDER);
  });

  it('keeps the complete fragments of a recording that goes on in another file, and says what was cut off', async () => {
    await until('the repair', async () => (await info(torn.filename)).repaired !== undefined, SOON_MS);
    const { repaired, gaps, session_id, has_klv } = await info(torn.filename);
    expect(repaired?.lost_bytes).to.be.within(1, wholeBytes);
    expect({ session_id, has_klv }).to.deep.equal({ session_id: torn.session_id, has_klv: false });
    tell(`${String(repaired?.lost_bytes)} bytes cut off; gaps in the file: ${JSON.stringify(gaps)}`);
    const left = sizeOf(at(torn.filename));
    const end = quarantine().find((name) => name.endsWith(`-${torn.filename}.from-${String(left)}`));
    expect(end, 'the end is in quarantine').to.be.a('string');
    const kept = sizeOf(at(join('.quarantine', end ?? '')));
    expect(left + kept, 'no byte is missing').to.equal(wholeBytes - TORN_BYTES);
    const { frames, errors } = await probeFile(at(torn.filename));
    expect(errors).to.deep.equal([]);
    expect(frames).to.be.greaterThan(10);
  });

  it('cuts off what follows the last packet of MPEG-TS', async () => {
    await until('the repair', async () => (await info(trailing.filename)).repaired !== undefined, SOON_MS);
    const { repaired, has_klv } = await info(trailing.filename);
    expect(repaired?.lost_bytes).to.be.within(1, JUNK_BYTES + 187);
    expect(has_klv).to.equal(false);
    expect(sizeOf(at(trailing.filename)) % 188).to.equal(0);
  });

  it('repairs a recording of which nothing is known, and moves those without a fragment to quarantine', async () => {
    await until('the repair', async () => (await info(CUT)).repaired !== undefined, SOON_MS);
    expect((await probeFile(at(CUT))).errors).to.deep.equal([]);
    const isGone = (name: string): boolean => !recordingsOnDisk(service).includes(name);
    await until('the quarantine', () => isGone(JUNK) && isGone(EMPTY), SOON_MS);
    const kept = quarantine();
    for (const name of [JUNK, EMPTY]) expect(kept.some((each) => each.endsWith(`-${name}`))).to.equal(true);
    expect(recordingsOnDisk(service), 'what is no recording is left alone').to.include.members([
      FOLDER,
      FOREIGN,
    ]);
    const names = await listed();
    expect(names).to.include.members([torn.filename, trailing.filename, CUT, FOREIGN]);
    expect(names).to.not.include.oneOf([JUNK, EMPTY]);
    const { components } = await client.call<{
      components: Record<string, { state: string; reason?: string }>;
    }>('get_status');
    expect(components['quarantine']?.reason).to.match(/^5 damaged files and parts, \d+ bytes/);
  });

  it('goes on recording in the same sessions, and knows the SHA-256 of the files when they are closed', async () => {
    const stop = (device: string) =>
      client.call<{ files: string[]; session_id: string }>('stop_recording', { device });
    const stopped = [await stop('camera0'), await stop('camera1')];
    expect(stopped.map(({ session_id }) => session_id)).to.deep.equal([torn.session_id, trailing.session_id]);
    for (const { files } of stopped) expect(files).to.have.length(2);
    for (const name of stopped.flatMap(({ files }) => files)) {
      await until(`the SHA-256 of ${name}`, async () => (await info(name)).sha256 !== undefined, SOON_MS);
      const { sha256 } = await info(name);
      expect(sha256).to.equal(
        createHash('sha256')
          .update(readFileSync(at(name)))
          .digest('hex'),
      );
    }
  });

  it('shows files that are put there by hand, and none that is taken away, without a restart', async () => {
    copyFileSync(at(CUT), join(folder.path, 'by-hand.mp4'));
    renameSync(join(folder.path, 'by-hand.mp4'), at('by-hand.mp4'));
    await until('the new file', async () => (await listed()).includes('by-hand.mp4'));
    rmSync(at('by-hand.mp4'));
    await until('its end', async () => !(await listed()).includes('by-hand.mp4'));
  });
});
