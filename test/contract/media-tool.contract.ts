import { expect } from 'chai';
import type { MediaTool } from '../../ports/media-tool.js';
import { failure } from './outcome.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { afterEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** A folder with a recording, a picture and rubbish in it. */
export interface MediaWorld {
  create(): MediaTool | Promise<MediaTool>;
  /** A fragmented MP4 of two seconds of H.264, 320 × 240. */
  recording(): Promise<string>;
  /** The same with a pause: no frame for three seconds after the first one. */
  paused(): Promise<string>;
  /** The same without its end; about one second is left. */
  torn(): Promise<string>;
  /** The same with something else in place of some bytes in its middle, so that frames behind them are lost but not all. */
  damaged?(): Promise<string>;
  /** A file that is no media. */
  rubbish(): Promise<string>;
  /** A path in the folder at which nothing is. */
  free(name: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  /** All names in the folder, to see what was left behind. */
  names(): Promise<readonly string[]>;
  /** A JPEG of 64 × 48. */
  jpeg(): Uint8Array;
  reset(): Promise<void>;
  readonly withinMs: number;
}

/** What every MediaTool does. */
export const mediaToolContract = contractSuite((name, world: MediaWorld) => {
  describe(`${name} as a MediaTool`, () => {
    timeout(world.withinMs * 3 + 2000);
    const soon = (): AbortSignal => AbortSignal.timeout(world.withinMs);

    afterEach(() => world.reset());

    optionalLifecycleTrait(async () => await world.create(), world.withinMs);

    it('[inspects] reports the container format, codec, resolution and duration of a recording', async () => {
      const facts = await (await world.create()).inspect(await world.recording(), soon());
      expect(facts).to.include({ format: 'fmp4', codec: 'h264', width: 320, height: 240 });
      expect(facts.durationSeconds).to.be.closeTo(2, 0.2);
    });

    it('[inspects-torn] measures the duration of a truncated recording', async () => {
      const facts = await (await world.create()).inspect(await world.torn(), soon());
      expect(facts).to.include({ format: 'fmp4', codec: 'h264' });
      expect(facts.durationSeconds).to.be.within(0.4, 1.6);
    });

    it('[frames] finds gaps between frames, and examines only new data', async () => {
      const tool = await world.create();
      const path = await world.paused();
      const { pauses, position } = await tool.frames(path, undefined, soon());
      expect(pauses).to.have.length(1);
      expect(pauses[0]?.atSeconds).to.be.closeTo(1, 0.2);
      expect(pauses[0]?.seconds).to.be.closeTo(3, 0.3);
      expect(position.interval, 'between two frames').to.be.within(1 / 120, 0.9);
      const again = await tool.frames(path, position, soon());
      expect(again.pauses).to.deep.equal([]);
      expect(again.position.seconds).to.equal(position.seconds);
    });

    it('[frames-steady] reports no gap where there is none, even in a truncated file', async () => {
      const tool = await world.create();
      for (const path of [await world.recording(), await world.torn()])
        expect((await tool.frames(path, undefined, soon())).pauses).to.deep.equal([]);
      const error = await failure(tool.frames(await world.rubbish(), undefined, soon()));
      expect(error).to.have.property('code', 'TOOL_FAILED');
    });

    it('[integrity] reports a complete recording as intact', async () => {
      const report = await (await world.create()).integrity(await world.recording(), soon());
      expect(report).to.include({ format: 'fmp4', complete: true });
      expect(report.problems).to.deep.equal([]);
      expect(report.intact).to.deep.equal([{ first: 0, last: report.sizeBytes - 1 }]);
    });

    it('[integrity-torn] finds the complete fragments of a truncated recording', async () => {
      const report = await (await world.create()).integrity(await world.torn(), soon());
      expect(report).to.include({ format: 'fmp4', complete: false });
      expect(report.intact).to.have.length(1);
      const { first, last } = report.intact[0] ?? { first: -1, last: -1 };
      expect(first).to.equal(0);
      expect(last).to.be.within(1, report.sizeBytes - 2);
      expect(report.problems.map(({ at }) => at)).to.include(last + 1);
    });

    it('[integrity-middle] finds what is intact behind damage', async () => {
      if (!world.damaged) return;
      const report = await (await world.create()).integrity(await world.damaged(), soon());
      expect(report).to.include({ complete: false });
      expect(report.intact).to.have.length(2);
      let end = 0;
      for (const { first, last } of report.intact) {
        expect(first, 'ascending, and apart from each other').to.be.at.least(end);
        expect(last).to.be.within(first, report.sizeBytes - 1);
        end = last + 2;
      }
      expect(report.intact[0]?.first).to.equal(0);
      expect(report.intact[1]?.last).to.equal(report.sizeBytes - 1);
    });

    it('[integrity-nothing] reports what is wrong with a file that is not a media file, and does not reject', async () => {
      const tool = await world.create();
      const report = await tool.integrity(await world.rubbish(), soon());
      expect(report).to.deep.include({ format: 'unknown', complete: false, intact: [] });
      expect(report.problems).to.not.be.empty;
      const missing = await failure(tool.integrity(await world.free('missing'), soon()));
      expect(missing).to.have.property('code', 'FILE_NOT_FOUND');
      const reason = new Error('too late');
      const late = tool.integrity(await world.recording(), AbortSignal.abort(reason));
      expect(await failure(late)).to.equal(reason);
    });

    for (const format of ['mp4', 'mkv', 'avi', 'mpegts'] as const) {
      it(`[remuxes] rewrites a recording as ${format}`, async () => {
        const tool = await world.create();
        const to = await world.free(`out-${format}`);
        await tool.remux({ from: await world.recording(), to, format }, soon());
        const facts = await tool.inspect(to, soon());
        expect(facts).to.include({ format, codec: 'h264', width: 320, height: 240 });
        expect(facts.durationSeconds).to.be.closeTo(2, 0.2);
      });
    }

    it('[replaces] replaces the original if the new file has the same path', async () => {
      const tool = await world.create();
      const path = await world.recording();
      const before = await world.names();
      await tool.remux({ from: path, to: path, format: 'mp4' }, soon());
      expect(await tool.inspect(path, soon())).to.include({ format: 'mp4', codec: 'h264' });
      expect(await world.names()).to.have.members([...before]);
    });

    it('[progress] reports how many seconds have been copied, up to the end', async () => {
      const tool = await world.create();
      const told: number[] = [];
      const request = {
        from: await world.recording(),
        to: await world.free('out-told'),
        format: 'mkv',
      } as const;
      await tool.remux({ ...request, onProgress: (seconds) => void told.push(seconds) }, soon());
      expect(told.at(-1)).to.be.closeTo(2, 0.3);
      expect(told).to.deep.equal([...told].sort((a, b) => a - b));
    });

    it('[whole-or-nothing] leaves nothing behind if a conversion fails', async () => {
      const tool = await world.create();
      const from = await world.rubbish();
      const before = await world.names();
      const to = await world.free('out-broken');
      expect(await failure(tool.remux({ from, to, format: 'mp4' }, soon()))).to.have.property(
        'code',
        'TOOL_FAILED',
      );
      expect(await world.names()).to.have.members([...before]);
    });

    it('[no-such-file] fails with FILE_NOT_FOUND', async () => {
      const tool = await world.create();
      const from = await world.free('missing');
      expect(await failure(tool.inspect(from, soon()))).to.have.property('code', 'FILE_NOT_FOUND');
      const to = await world.free('out-missing');
      const error = await failure(tool.remux({ from, to, format: 'mkv' }, soon()));
      expect(error).to.have.property('code', 'FILE_NOT_FOUND');
      expect(await world.exists(to)).to.equal(false);
    });

    it('[rubbish] fails with TOOL_FAILED for a file that is not a media file', async () => {
      const error = await failure((await world.create()).inspect(await world.rubbish(), soon()));
      expect(error).to.have.property('code', 'TOOL_FAILED');
    });

    it('[cuts] copies a part of a recording, from the keyframe before it', async () => {
      const tool = await world.create();
      const to = await world.free('out-cut');
      const parts = [{ path: await world.recording(), from: 1.1, to: 1.6 }];
      const report = await tool.cut({ parts, to, format: 'mp4', exact: false }, soon());
      const [part] = report.parts;
      expect(part?.from).to.be.within(0.9, 1.1);
      expect(part?.to).to.be.closeTo(1.6, 0.07);
      const facts = await tool.inspect(to, soon());
      expect(facts).to.include({ format: 'mp4', codec: 'h264', width: 320, height: 240 });
      expect(facts.durationSeconds).to.be.closeTo((part?.to ?? 0) - (part?.from ?? 0), 0.1);
    });

    it('[cuts-exact] begins with the first frame of the part if that is wanted', async () => {
      const tool = await world.create();
      const to = await world.free('out-exact');
      const parts = [{ path: await world.recording(), from: 1.15, to: 1.6 }];
      const [part] = (await tool.cut({ parts, to, format: 'mkv', exact: true }, soon())).parts;
      expect(part?.from).to.be.within(1.15, 1.22);
      expect(part?.to).to.be.closeTo(1.6, 0.07);
    });

    it('[joins] joins parts without pauses', async () => {
      const tool = await world.create();
      const path = await world.recording();
      const to = await world.free('out-joined');
      const parts = [
        { path, from: 0, to: 0.5 },
        { path, from: 1.5, to: 2 },
      ];
      const told: number[] = [];
      const request = { parts, to, format: 'mp4', exact: true } as const;
      const report = await tool.cut({ ...request, onProgress: (seconds) => void told.push(seconds) }, soon());
      expect(report.parts).to.have.length(2);
      expect((await tool.inspect(to, soon())).durationSeconds).to.be.closeTo(1, 0.15);
      expect(told.at(-1)).to.be.closeTo(1, 0.3);
    });

    it('[cuts-nothing] leaves nothing behind if there is nothing to cut', async () => {
      const tool = await world.create();
      const to = await world.free('out-nothing');
      const request = { to, format: 'mp4', exact: false } as const;
      const [recording, rubbish] = [await world.recording(), await world.rubbish()];
      const before = await world.names();
      for (const [path, from] of [
        [recording, 5],
        [rubbish, 0],
      ] as const) {
        const error = await failure(tool.cut({ ...request, parts: [{ path, from, to: from + 1 }] }, soon()));
        expect(error).to.have.property('code', 'TOOL_FAILED');
      }
      expect(await world.names()).to.have.members([...before]);
    });

    it('[frame-at] decodes what a recording shows at a time', async () => {
      const tool = await world.create();
      const path = await world.recording();
      const still = await tool.frameAt({ path, format: 'jpg', atSeconds: 1.2, width: 160 }, soon());
      expect([...still.bytes.subarray(0, 3)]).to.deep.equal([0xff, 0xd8, 0xff]);
      expect(still).to.include({ width: 160, height: 120 });
      const late = await failure(tool.frameAt({ path, format: 'jpg', atSeconds: 9 }, soon()));
      expect(late).to.have.property('code', 'TOOL_FAILED');
    });

    it('[converts-jpg] creates a JPEG of the same dimensions', async () => {
      const options = { format: 'jpg', quality: 50 } as const;
      const still = await (await world.create()).convertStill(world.jpeg(), options, soon());
      expect([...still.bytes.subarray(0, 3)]).to.deep.equal([0xff, 0xd8, 0xff]);
      expect(still).to.include({ width: 64, height: 48 });
    });

    it('[converts-png] creates a PNG', async () => {
      const still = await (await world.create()).convertStill(world.jpeg(), { format: 'png' }, soon());
      expect([...still.bytes.subarray(0, 8)]).to.deep.equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      expect(still).to.include({ width: 64, height: 48 });
      // The first chunk says how large the image is (PNG, third edition, §11.2.1).
      const head = new DataView(still.bytes.buffer, still.bytes.byteOffset);
      expect(new TextDecoder('latin1').decode(still.bytes.subarray(12, 16))).to.equal('IHDR');
      expect([head.getUint32(16), head.getUint32(20)]).to.deep.equal([64, 48]);
    });

    it('[scales] reduces an image proportionally and never enlarges it', async () => {
      const tool = await world.create();
      const small = await tool.convertStill(world.jpeg(), { format: 'jpg', width: 32 }, soon());
      expect(small).to.include({ width: 32, height: 24 });
      const large = await tool.convertStill(world.jpeg(), { format: 'png', width: 640 }, soon());
      expect(large).to.include({ width: 64, height: 48 });
    });

    it('[not-a-jpeg] fails with TOOL_FAILED for bytes that are not a JPEG', async () => {
      const tool = await world.create();
      const error = await failure(tool.convertStill(new Uint8Array([1, 2, 3]), { format: 'png' }, soon()));
      expect(error).to.have.property('code', 'TOOL_FAILED');
    });

    it('[aborts] fails with the reason of the signal and leaves nothing behind', async () => {
      const tool = await world.create();
      const from = await world.recording();
      const to = await world.free('out-aborted');
      const before = await world.names();
      const reason = new Error('too late');
      const aborted = AbortSignal.abort(reason);
      expect(await failure(tool.inspect(from, aborted))).to.equal(reason);
      expect(await failure(tool.remux({ from, to, format: 'mp4' }, aborted))).to.equal(reason);
      const cut = { parts: [{ path: from, from: 0, to: 1 }], to, format: 'mp4', exact: false } as const;
      expect(await failure(tool.cut(cut, aborted))).to.equal(reason);
      expect(await failure(tool.convertStill(world.jpeg(), { format: 'png' }, aborted))).to.equal(reason);
      expect(await world.names()).to.have.members([...before]);
    });
  });
});
