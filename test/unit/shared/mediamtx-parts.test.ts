/** The parts of the MediaMTX adapter that decide without a server. */
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { bindFailure } from '../../../adapters/media-server/mediamtx/listen-check.js';
import { createMediaMtxMediaServer } from '../../../adapters/media-server/mediamtx/mediamtx-media-server.js';
import { NonceBook } from '../../../adapters/media-server/mediamtx/nonces.js';
import { settingsOf, type MediaMtxOptions } from '../../../adapters/media-server/mediamtx/options.js';
import { parseLine, ServerLog } from '../../../adapters/media-server/mediamtx/server-log.js';
import { checkVersion } from '../../../adapters/media-server/mediamtx/state-tracker.js';
import { isPortError } from '../../../ports/port-error.js';
import { silentLog } from '../../worlds/media-server-worlds.js';

const FOLDERS = { recordingsDir: '/recordings', runDir: '/run/x' };

describe('the parts of the MediaMTX adapter', () => {
  it('refuses wrong options at once, by name', () => {
    const wrong: readonly [string, Partial<MediaMtxOptions>][] = [
      ['recordingsDir', { recordingsDir: '/a%b' }],
      ['recordingsDir', { recordingsDir: 'relative' }],
      ['rtsp_port', { ports: { rtsp: 70_000 } }],
      ['ports', { ports: { rtsp: 8888 } }],
      ['rtsp_transports', { rtspTransports: ['udp'] }],
      ['record_segment_duration_ms', { recording: { segmentDurationMs: 90_000_000 } }],
      ['url', { mode: 'external' }],
      ['url', { mode: 'external', external: { url: 'http://a:b@c:1' } }],
      [
        'auth_secret',
        { mode: 'external', external: { url: 'http://c:1' }, auth: { secret: 'short', port: 1 } },
      ],
      ['auth_port', { mode: 'external', external: { url: 'http://c:1' }, auth: { secret: 'x'.repeat(20) } }],
    ];
    for (const [option, part] of wrong) {
      let error: unknown;
      try {
        createMediaMtxMediaServer({ ...FOLDERS, ...part }, { log: silentLog, clock: createManualClock() });
      } catch (thrown) {
        error = thrown;
      }
      expect(isPortError(error, 'OPTION_INVALID') && error.detail['option']).to.equal(option);
    }
  });

  it('lets passes end: to publish after one use or 30 s, to read after 10 s', () => {
    let now = 0;
    const book = new NonceBook({ monotonicMs: () => now });
    const [publish, late, read] = [
      book.issue('publish', 'a'),
      book.issue('publish', 'a'),
      book.issue('read', 'a'),
    ];
    expect(book.redeem('read', 'a', publish)).to.equal(false);
    expect(book.redeem('publish', 'b', publish)).to.equal(false);
    expect(book.redeem('publish', 'a', publish)).to.equal(true);
    expect(book.redeem('publish', 'a', publish)).to.equal(false);
    expect([book.redeem('read', 'a', read), book.redeem('read', 'a', read)]).to.deep.equal([true, true]);
    now = 10_000;
    expect(book.redeem('read', 'a', read)).to.equal(false);
    now = 30_000;
    expect(book.redeem('publish', 'a', late)).to.equal(false);
  });

  it('reads the lines of the server, whatever they are, without secrets', () => {
    expect(parseLine('{"timestamp":"t","level":"WAR","message":"say \\"x\\" \\x1b"}')).to.deep.equal({
      level: 'warn',
      message: 'say "x" \\x1b',
    });
    expect(parseLine('{"timestamp":"t","level":"INF","message":"a"}').level).to.equal('debug');
    expect(parseLine('panic: at rtsp://me:pw@host/x?token=abc&n=1')).to.deep.equal({
      level: 'warn',
      message: 'panic: at rtsp://***@host/x?token=***&n=1',
    });
  });

  it('counts what the server repeats', () => {
    let now = 0;
    const said: unknown[] = [];
    const log = {
      ...silentLog,
      isEnabled: () => true,
      warn: (message: string, fields: unknown) => said.push([message, fields]),
    };
    const lines = new ServerLog(log, { monotonicMs: () => now });
    for (let i = 0; i < 5; i++) lines.write({ level: 'warn', message: `[session ${1000 + i}] too slow` });
    now = 11_000;
    lines.write({ level: 'warn', message: '[session 9] too slow' });
    expect(said).to.deep.equal([
      ['[session 1000] too slow', {}],
      ['[session 9] too slow', { repeated_before: 4 }],
    ]);
  });

  it('recognises old versions and the words for a taken port', () => {
    const check = (version: string) => () => checkVersion({ version, started: '' });
    for (const version of ['v1.15.5', 'v0.0.0']) expect(check(version)).to.throw(/is older than/);
    for (const version of ['v1.15.6', 'v2.0.0', 'dev']) expect(check(version)).not.to.throw();
    const line = 'listen tcp 0.0.0.0:8888: bind: address already in use';
    expect(bindFailure(line, settingsOf(FOLDERS))).to.include({ code: 'ADDRESS_IN_USE' });
    expect(bindFailure('something else', settingsOf(FOLDERS))).to.equal(undefined);
  });
});
