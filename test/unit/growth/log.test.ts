import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createWinstonLogger } from '../../../adapters/logger/winston/winston-logger.js';
import { deviceTrouble, isPublishTrouble, redactUrls } from '../../../adapters/_shared/ffmpeg-words.js';
import { readLines } from '../../../adapters/_shared/lines.js';
import { safeFields, safeText } from '../../../adapters/_shared/log-safe.js';
import { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { expectLinear, expectLinearText } from '../../worlds/growth.js';

describe('what is logged, whatever it is', function () {
  this.timeout(60_000);

  it('costs in proportion to its length: texts', async () => {
    await expectLinearText((text) => safeText(text, Infinity));
    // `@` and `=` at the end open the ways that begin with a look for them.
    await expectLinearText((text) => safeText(text, Infinity), { around: ['://', '=@eyJ '] });
  });

  it('costs in proportion to its size: fields', async () => {
    const wide = (size: number) =>
      Object.fromEntries(Array.from({ length: size }, (_, n) => [`key${String(n)}`, n]));
    await expectLinear({ make: wide, run: safeFields, largest: 100_000 }, 'wide');
    const deep = (size: number): Record<string, unknown> => {
      let value: Record<string, unknown> = {};
      for (let n = 0; n < size; n++) value = { value };
      return value;
    };
    await expectLinear({ make: deep, run: safeFields, largest: 100_000 }, 'deep');
    await expectLinearText((text) => safeFields({ text, [text]: text, list: [text] }));
  });

  it('costs in proportion to its length: lines of the log', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    for (const format of ['json', 'pretty'] as const) {
      const log = createWinstonLogger({ level: 'info', format, stream }, { clock: createManualClock() });
      await expectLinearText((text) => {
        log.info(text, { text });
        return log.flush();
      });
    }
  });

  it('hides secrets as before', () => {
    const token = `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.${'c-_'.repeat(9)}`;
    for (const text of [
      `rtsp://user:pa55@host/x`,
      `a://b c2.d+e://user:p@pa55@host`,
      `http://h/?token=pa55&x=1`,
      `/x?api_key=pa55`,
      `Authorization: Bearer pa55pa55pa55`,
      `token ${token}.`,
      `x.${token}`,
      `${token}${token}`,
      `a-${token},b`,
    ]) {
      const safe = safeText(text);
      expect(safe, text).to.contain('[redacted]');
      for (const secret of ['pa55', 'bbbb', 'c-_c']) expect(safe, text).not.to.contain(secret);
    }
    for (const text of [
      'v1.2.3',
      'see a.b.c',
      'eyJ',
      'eyJa.b.c',
      'https://host/path',
      'me@host',
      'a.b.c.d.e',
    ])
      expect(safeText(text)).to.equal(text);
  });
});

describe('what ffmpeg says, whatever it is', function () {
  this.timeout(60_000);

  it('costs in proportion to its length', async () => {
    await expectLinearText(redactUrls);
    await expectLinearText(redactUrls, { around: ['a://', '@?'] });
    await expectLinearText((text) => [deviceTrouble([text]), isPublishTrouble([text])]);
    const many = (size: number): string[] => Array.from({ length: size }, () => 'unix: does not support');
    await expectLinear({ make: many, run: deviceTrouble, largest: 100_000 }, 'lines');
  });

  it('costs in proportion to its length when it comes in small pieces', async () => {
    for (const piece of ['a', '\n', '\r', 'a\n'])
      await expectLinear(
        {
          make: (size) => Array.from({ length: size }, () => Buffer.from(piece)),
          run: async (pieces) => {
            let lines = 0;
            const stream = Readable.from(pieces, { objectMode: false });
            readLines(stream, () => (lines += 1));
            await new Promise((resolve) => stream.once('close', resolve));
            return lines;
          },
          largest: 32_768,
        },
        JSON.stringify(piece),
      );
  });

  it('loses its credentials and queries as before', () => {
    expect(redactUrls('rtsp://u:p@h:1/x?nonce=abc opened')).to.equal('rtsp://***@h:1/x?*** opened');
    expect(redactUrls("'http://h/a?b=c' 'x?y'")).to.equal("'http://h/a?***' 'x?y'");
    expect(redactUrls('why? because')).to.equal('why? because');
  });
});
