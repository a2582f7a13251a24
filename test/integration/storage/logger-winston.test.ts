import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';

import { expect } from 'chai';

import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createWinstonLogger } from '../../../adapters/logger/winston/winston-logger.js';

const clock = createSystemClock();

describe('logger/winston', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), 'log-'));
  });
  afterEach(() => fs.rm(directory, { recursive: true, force: true }));

  it('rotates by size and keeps no more files than allowed', async function () {
    this.timeout(30_000);
    const file = { directory, maxSizeBytes: 65_536, maxFiles: 3 };
    const log = createWinstonLogger({ level: 'info', format: 'json', file }, { clock });
    for (let round = 0; round < 40; round++) {
      for (let n = 0; n < 100; n++) log.info('a line', { round, n, pad: 'x'.repeat(60) });
      await log.flush();
    }
    const names = (await fs.readdir(directory)).filter((name) => name.endsWith('.log'));
    expect(names).to.have.length(3);
    const texts = await Promise.all(names.map((name) => fs.readFile(path.join(directory, name), 'utf8')));
    expect(texts.join('')).to.include('"round":39,"n":99');
    for (const text of texts) expect(text.length).to.be.lessThan(80_000);
    expect(await fs.readdir(directory)).to.include('.rotation.json');
  });

  it('drops and counts lines while the destination stands still, and says so later', async () => {
    const held: (() => void)[] = [];
    let text = '';
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => void ((text += chunk.toString()), held.push(done)),
    });
    const log = createWinstonLogger(
      { level: 'info', format: 'json', stream, maxPendingBytes: 10_000 },
      { clock },
    );
    for (let n = 0; n < 1000; n++) log.info('line', { n });
    const flushed = log.flush();
    const pump = setInterval(() => held.splice(0).forEach((done) => done()), 1);
    await flushed;
    log.info('after');
    await log.flush();
    clearInterval(pump);
    const dropped = /"dropped":(\d+)/.exec(text)?.[1];
    expect(text.split('\n').filter((line) => line.includes('"line"')).length + Number(dropped)).to.equal(
      1000,
    );
  });

  it('writes lines for people without letting a message fake another line', async () => {
    let text = '';
    const stream = Object.assign(
      new Writable({ write: (chunk: Buffer, _encoding, done) => void ((text += chunk.toString()), done()) }),
      { isTTY: true },
    );
    const log = createWinstonLogger({ level: 'info', format: 'pretty', stream }, { clock });
    log
      .child({ component: 'cameras' })
      .warn('gone\n12:00 INFO fake', { device: 'camera0', why: 'no answer' });
    await log.flush();
    expect(text.split('\n')).to.have.length(2);
    expect(text).to.include('\u001b[33mWARN').and.include('why=').and.include('"no answer"');
  });

  it('refuses bad options at once', () => {
    const make = (file: object) => () =>
      createWinstonLogger(
        { level: 'info', format: 'json', file: { directory, maxSizeBytes: 65_536, maxFiles: 1, ...file } },
        { clock },
      );
    for (const wrong of [{ directory: '/nowhere/at/all' }, { maxSizeBytes: 1 }, { maxFiles: 0 }])
      expect(make(wrong)).to.throw().with.property('code', 'OPTION_INVALID');
  });
});
