import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { JpegSplitter, readJpeg } from '../../../adapters/_shared/jpeg-splitter.js';
import { ControlApi } from '../../../adapters/media-server/mediamtx/control-api.js';
import { peerOf, portOfAddress } from '../../../adapters/media-server/mediamtx/local-peer.js';
import { NonceBook } from '../../../adapters/media-server/mediamtx/nonces.js';
import { PublisherCheck } from '../../../adapters/media-server/mediamtx/publisher-check.js';
import { parseLine, ServerLog } from '../../../adapters/media-server/mediamtx/server-log.js';
import { ViewerGate } from '../../../adapters/media-server/mediamtx/viewer-gate.js';
import { kickPaths, viewerName } from '../../../adapters/media-server/mediamtx/viewer-names.js';
import { frameReport } from '../../../adapters/media-tool/ffmpeg/frame-report.js';
import { readBoxes } from '../../../adapters/media-tool/ffmpeg/mp4-boxes.js';
import { timesOf, trackOf } from '../../../adapters/media-tool/ffmpeg/mp4-fragments.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import type { HttpClient } from '../../../adapters/_shared/http-client.js';
import { MAX_CREDENTIAL_LENGTH } from '../../../ports/index.js';
import { silentLog } from '../../worlds/media-server-worlds.js';
import { anyway, expectLinear, expectLinearText } from '../../worlds/growth.js';

const signal = new AbortController().signal;
const UUID = '0123abcd-0123-0123-0123-0123456789ab';

describe('what MediaMTX says, whatever it is', function () {
  this.timeout(180_000);
  const clock = createManualClock();

  it('costs in proportion to its length: lines of its log', async () => {
    const log = new ServerLog({ ...silentLog, isEnabled: () => true }, { monotonicMs: () => 0 });
    for (const around of [
      ['', ''],
      ['{"level":"WAR","message":"', '"}'],
      ['rtsp://', '@x'],
    ] as const)
      await expectLinearText((text) => log.write(parseLine(text)), { around });
  });

  it('costs in proportion to its length: questions who may watch', async () => {
    const ours = new PublisherCheck({
      ...{
        nonces: new NonceBook(clock),
        peer: () => Promise.resolve('another' as const),
        takesUnknown: false,
      },
    });
    const auth = { host: '127.0.0.1', port: 0, secret: 's'.repeat(16), timeoutMs: 1_000 };
    const gate = new ViewerGate(auth, { clock, ours, account: { user: 'u', password: 'p' } });
    let asked = 0;
    const url = await gate.open({
      authorize: ({ credentials }) => {
        asked += credentials.length;
        return Promise.resolve(true);
      },
    });
    const post = async (body: string): Promise<number> => {
      const { status } = await fetch(url, { method: 'POST', body });
      return status;
    };
    const question = (text: string) => ({
      ...{
        action: 'read',
        path: text,
        protocol: text,
        id: text,
        ip: text,
        user: text,
        password: text,
        token: text,
      },
      query: text,
    });
    try {
      // The pieces that begin something in a body or a query; a request costs far more than they do.
      const pumps = [
        'a',
        '&',
        '=',
        'a=&',
        '%',
        '%41',
        '+',
        '"',
        '\\',
        '{',
        '[',
        '{"a":',
        'token=a&',
        'jwt=&',
      ];
      await expectLinearText((text) => post(text), { largest: 49_152, pumps });
      await expectLinearText((text) => post(JSON.stringify(question(text))), { largest: 4_096, pumps });
      expect(asked).to.be.greaterThan(0);
      expect(await post(`"${'a'.repeat(8 * MAX_CREDENTIAL_LENGTH)}"`)).to.equal(401);
    } finally {
      await gate.close();
    }
  });

  it('costs in proportion to its size: answers of its API', async () => {
    const apiOf = (body: unknown, status = 200): ControlApi => {
      const reply = () => Promise.resolve({ status, body });
      return new ControlApi(
        { request: reply, probe: reply, reset: () => undefined } as unknown as HttpClient,
        clock,
      );
    };
    const readers = (count: number) =>
      Array.from({ length: count }, () => ({ type: 'rtspSession', id: UUID }));
    const paths = (size: number) => ({
      items: Array.from({ length: size }, (_, n) => ({
        name: `p${String(n)}`,
        readers: readers(1),
        tracks: ['H264'],
      })),
    });
    const list = (body: unknown) => apiOf(body).listPaths(signal);
    await expectLinear({ make: paths, run: list, largest: 12_000 }, 'paths');
    const crowd = (size: number) => ({ items: [{ name: 'p', readers: readers(size) }] });
    await expectLinear({ make: crowd, run: list, largest: 40_000 }, 'readers');
    expect((await list(crowd(3)))[0]?.viewers).to.have.length(3);
    await expectLinearText((text) => list({ items: [{ name: text, readers: [{ type: text, id: text }] }] }));
    await expectLinearText(
      anyway(async (text) => void (await apiOf({ error: text }, 400).listPaths(signal))),
      {
        around: ['//', '@'],
      },
    );
  });

  it('costs in proportion to its length: names, addresses and lists of connections', async () => {
    await expectLinearText((text) => [viewerName(text, text), kickPaths(text), portOfAddress(text)]);
    const asker = { clientPort: 1, serverPort: 2 };
    await expectLinearText((text) => peerOf(asker, 0, () => Promise.resolve(text)));
    const line = '0: 0100007F:0001 0100007F:0002 01 00000000:00000000 00:00000000 00000000 0 0 1\n';
    const lines = (size: number) => line.repeat(size);
    await expectLinear({
      make: lines,
      run: (text) => peerOf(asker, 0, () => Promise.resolve(text)),
      largest: 20_000,
    });
  });
});

/** A box of MP4: size, type, body. */
function box(type: string, ...body: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.reduce((sum, part) => sum + part.length, 0));
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...body]);
}
const words = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, index * 4);
  return bytes;
};
const times = (size: number, part: Buffer): Buffer => Buffer.concat(Array.from({ length: size }, () => part));

const TRACK = { id: 1, timescale: 1_000 };
const MOVIE = box(
  'moov',
  box(
    'trak',
    box('tkhd', words(0, 0, 0, TRACK.id)),
    box('mdia', box('mdhd', words(0, 0, 0, TRACK.timescale)), box('hdlr', words(0, 0), Buffer.from('vide'))),
  ),
);
const fragment = (...runs: readonly Buffer[]): Buffer =>
  box('moof', box('traf', box('tfhd', words(0x8, TRACK.id, 40)), box('tfdt', words(0, 0)), ...runs));
/** Claims more frames than any file has, without a byte for one of them. */
const BOAST = box('trun', words(0, 0xffff_ffff));

describe('a media file, whatever is in it', function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), 'growth-'));
  after(() => rmSync(dir, { recursive: true }));

  it('costs in proportion to its length: boxes of MP4', async () => {
    const head = Buffer.concat([box('ftyp', words(0, 0)), MOVIE]);
    expect(trackOf(MOVIE)).to.deep.equal(TRACK);
    const parts: Readonly<Record<string, Buffer>> = {
      empty: box('free'),
      'without a size': words(1, 0),
      movies: MOVIE,
      fragments: fragment(box('trun', words(0, 1))),
    };
    for (const [what, part] of Object.entries(parts)) {
      const make = (size: number): string => {
        const path = join(dir, `${what}-${String(size)}.mp4`);
        writeFileSync(path, Buffer.concat([head, times(size, part)]));
        return path;
      };
      await expectLinear({ make, run: (path) => readBoxes(path), largest: 1_200 }, what);
      await expectLinear({ make, run: (path) => frameReport(path, undefined), largest: 1_200 }, what);
    }
  });

  it('costs in proportion to its length: what is inside a movie and a fragment', async () => {
    for (const part of [box('trak'), box('trak', box('mdia')), box('free'), words(1, 0)])
      await expectLinear({ make: (size) => box('moov', times(size, part)), run: trackOf, largest: 50_000 });
    const traf = box('traf', box('tfhd', words(0, 9)), box('tfdt', words(0, 0)));
    for (const part of [traf, box('free')])
      await expectLinear({
        ...{ make: (size: number) => box('moof', times(size, part)), largest: 50_000 },
        run: (moof) => timesOf(moof, TRACK),
      });
    await expectLinear({
      ...{ make: (size: number) => fragment(times(size, box('trun', words(0x100, 1, 40)))), largest: 50_000 },
      run: (moof) => timesOf(moof, TRACK),
    });
  });

  it('has no more frames than a fragment can have, however many its runs claim', () => {
    expect(timesOf(fragment(box('trun', words(0, 3))), TRACK)).to.deep.equal([0, 0.04, 0.08]);
    expect(timesOf(fragment(BOAST), TRACK)).to.have.length(100_000);
    expect(timesOf(fragment(times(10_000, BOAST)), TRACK)).to.have.length(100_000);
  });

  it('costs in proportion to its length: packets of a transport stream', async () => {
    const packet = (flags: number, control: number): Buffer => {
      const bytes = Buffer.alloc(188, 0xff);
      bytes.set([0x47, flags, 0, control, 0, 0, 1, 0xe0, 0, 0, 0x80, 0xc0], 0);
      return bytes;
    };
    for (const [what, part] of Object.entries({
      frames: packet(0x40, 0x10),
      adapted: packet(0x40, 0x30),
      'not whole': packet(0, 0),
    })) {
      const make = (size: number): string => {
        const path = join(dir, `${what}-${String(size)}.ts`);
        writeFileSync(path, times(size, part));
        return path;
      };
      await expectLinear({ make, run: (path) => frameReport(path, undefined), largest: 20_000 }, what);
    }
  });

  it('costs in proportion to its length: JPEG, whole and in pieces', async () => {
    const pumps = [
      ...[[0xff], [0], [0xff, 0xd8], [0xff, 0xd8, 0xff], [0xff, 0xd9], [0xff, 0xd8, 0xff, 0xd9]],
      ...[
        [0xff, 0xd8, 0xff, 0xe0, 0, 16],
        [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff],
        [0xff, 0xd8, 0xff, 0xda, 0, 2],
      ],
      ...[
        [0xff, 0xd8, 0xff, 0xc0, 0, 8, 8, 0, 1, 0, 1, 0],
        [0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xd0],
      ],
    ];
    for (const pump of pumps) {
      const make = (size: number) => Buffer.alloc(size, Buffer.from(pump));
      await expectLinear({ make, run: readJpeg, largest: 131_072 }, `${String(pump)} whole`);
      for (const piece of [1, 64, 65_536]) {
        const run = (bytes: Buffer): void => {
          const splitter = new JpegSplitter(8 * 1024 * 1024);
          for (let at = 0; at < bytes.length; at += piece) splitter.push(bytes.subarray(at, at + piece));
        };
        await expectLinear({ make, run, largest: 65_536 }, `${String(pump)} in pieces of ${String(piece)}`);
      }
    }
  });
});
