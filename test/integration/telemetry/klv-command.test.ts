/** `camera-service klv` as a user runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { complete, item, symmetric } from '../../worlds/klv-encoder.js';
import { tempDir } from '../../worlds/media.js';
import { plainEnv, runNode, serviceBundle, type CliResult } from '../../worlds/service.js';
import { ASYNC, cell, SYNC, TsMuxer, VIDEO } from '../../worlds/ts-muxer.js';

const SAMPLE = Buffer.from(
  readFileSync(new URL('../../unit/telemetry/misb-st0902-sample.hex', import.meta.url), 'utf8').replaceAll(
    /\s/g,
    '',
  ),
  'hex',
);
const WITHIN_MS = 30_000;
/** 128 and SIGPIPE. */
const BROKEN_PIPE = 141;

interface Line {
  readonly media_time?: number;
  readonly carriage: string;
  readonly standard?: string;
  readonly timestamp?: string;
  readonly checksum?: string;
  readonly fields?: readonly { readonly id: string; readonly value: unknown; readonly unit?: string }[];
  readonly problems: readonly { readonly code: string }[];
  readonly raw?: string;
}

function flight(): Buffer {
  const mux = new TsMuxer();
  const name = item(3, Buffer.from('\u001b[31mred\u009b'));
  return Buffer.concat([
    mux.tables([VIDEO, ASYNC, SYNC]),
    mux.payload(VIDEO.pid, Buffer.alloc(400), { pcr: 90_000 }),
    mux.async(SAMPLE, 180_000),
    mux.sync([cell(complete([item(13, symmetric(45, 4, 90)), name]))], 270_000),
    mux.async(Buffer.from('no message'), 360_000),
  ]);
}

describe('camera-service klv', function () {
  this.timeout(WITHIN_MS * 6);
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let bundle: string;
  before(async () => {
    folder = await tempDir();
    bundle = await serviceBundle();
    await writeFile(join(folder.path, 'flight.ts'), flight());
  });
  after(() => folder.remove());

  const klv = (...words: readonly string[]): Promise<CliResult> =>
    runNode([bundle, 'klv', ...words], { env: plainEnv(), withinMs: WITHIN_MS, cwd: folder.path });
  const linesOf = ({ stdout }: CliResult): readonly Line[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('prints a line of JSON for each message, and for what is none', async () => {
    const result = await klv('flight.ts');
    expect(result.code, result.stderr).to.equal(0);
    const [sample, own, none, ...more] = linesOf(result);
    expect(more).to.deep.equal([]);
    expect(sample).to.include({ media_time: 2, carriage: 'asynchronous', checksum: 'invalid' });
    expect(sample).to.include({ standard: 'MISB ST 0601', timestamp: '2009-01-12T22:08:22.000Z' });
    expect(sample?.problems.map(({ code }) => code)).to.deep.equal(['checksum_mismatch']);
    expect(own).to.include({ media_time: 3, carriage: 'synchronous', checksum: 'valid' });
    const latitude = own?.fields?.find(({ id }) => id === '13');
    expect(latitude?.value).to.be.closeTo(45, 1e-6);
    expect(latitude?.unit).to.equal('deg');
    expect(none).to.not.have.property('fields');
    expect(none?.problems.map(({ code }) => code)).to.deep.equal(['no_message']);
    expect(result.stderr).to.equal('2 messages in 3 units of KLV in 9 packets, 1 wrong checksum\n');
  });

  it('makes no folder', async () => {
    await klv('flight.ts');
    expect(await readdir(folder.path)).to.deep.equal(['flight.ts']);
  });

  it('prints a table, and the bytes, if asked, with nothing that a terminal would obey', async () => {
    const { stdout, code } = await klv('flight.ts', '--format', 'table', '--raw');
    expect(code).to.equal(0);
    expect(stdout).to.include(
      '2.000 s  PID 257, asynchronous  MISB ST 0601  2009-01-12T22:08:22.000Z  checksum invalid',
    );
    expect(stdout).to.match(/^ {2}13 +Sensor Latitude +60\.17682297 deg$/m);
    expect(stdout).to.match(/^ {2}48\.1 +Security Classification +"UNCLASSIFIED"$/m);
    expect(stdout).to.include('  problem: the checksum is 0xAA43, and 0x3E1E by the content');
    expect(stdout).to.include(`  raw: ${SAMPLE.toString('hex')}`);
    expect(stdout).to.match(/"\\u001b\[31mred\\u009b"/);
    expect(stdout).to.not.match(/(?!\n)\p{Cc}/u);
  });

  it('reads standard input', async () => {
    const child = spawn(process.execPath, [bundle, 'klv', '-', '--raw'], {
      env: plainEnv(),
      cwd: folder.path,
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.resume();
    child.stdin.end(flight());
    const [code] = (await once(child, 'close')) as [number];
    expect(code).to.equal(0);
    expect(linesOf({ stdout, stderr: '', code })[0]?.raw).to.equal(SAMPLE.toString('hex'));
  });

  it('ends without a word when nobody reads any more, as commands of the shell do', async () => {
    const many = Buffer.concat([flight(), ...Array.from({ length: 2_000 }, () => flight())]);
    const child = spawn(process.execPath, [bundle, 'klv', '-'], { env: plainEnv(), cwd: folder.path });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.write(many);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stderr }).to.deep.equal({ code: BROKEN_PIPE, stderr: '' });
  });

  it('says what is wrong, and ends with 1', async () => {
    const mux = new TsMuxer();
    await writeFile(join(folder.path, 'video.ts'), Buffer.concat([mux.tables([VIDEO]), mux.tables([VIDEO])]));
    await writeFile(join(folder.path, 'text.txt'), 'no stream at all');
    await writeFile(join(folder.path, 'empty.ts'), '');
    const WRONG: Readonly<Record<string, RegExp>> = {
      'nowhere.ts': /^camera-service: nowhere\.ts: there is no such file \(FILE_NOT_FOUND\)\n$/,
      '.': /^camera-service: \.: this is a folder \(FILE_NOT_FOUND\)\n$/,
      'video.ts': /video\.ts: there is no KLV in it; its streams are H\.264 \(PID 256\)\n$/,
      'text.txt': /text\.txt: this is not MPEG-TS .*\n {2}Other containers are converted by: ffmpeg /,
      'empty.ts': /empty\.ts: this is not MPEG-TS/,
    };
    for (const [file, words] of Object.entries(WRONG)) {
      const { code, stdout, stderr } = await klv(file);
      expect({ file, code, stdout }).to.deep.equal({ file, code: 1, stdout: '' });
      expect(stderr).to.match(words);
    }
    const undecoded = await runNode(
      [bundle, '--set', 'adapters.telemetry_decoder=memory', 'klv', 'flight.ts'],
      { env: plainEnv(), withinMs: WITHIN_MS, cwd: folder.path },
    );
    expect(undecoded.code).to.equal(1);
    expect(undecoded.stderr).to.include(
      'no adapter in adapters.telemetry_decoder decodes KLV; add misb-st0601',
    );
  });

  it('has help, and refuses what it cannot read, with what can', async () => {
    const help = await klv('--help');
    expect(help.code).to.equal(0);
    for (const word of ['--raw', '--format', 'MPEG-TS', 'media_time', 'exit code'])
      expect(help.stdout).to.include(word);
    const url = await klv('srt://uav.local:9000');
    expect(url.code).to.equal(2);
    expect(url.stderr).to.include(
      'ffmpeg -i srt://uav.local:9000 -map 0 -c copy -f mpegts - | camera-service klv -',
    );
    expect((await klv()).code).to.equal(2);
    expect((await klv('flight.ts', '--format', 'xml')).code).to.equal(2);
  });
});
