/** The parts of the MediaMTX adapter that decide without a server. */
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { bindFailure } from '../../../adapters/media-server/mediamtx/listen-check.js';
import { createMediaMtxMediaServer } from '../../../adapters/media-server/mediamtx/mediamtx-media-server.js';
import { peerOf, portOfAddress, type Peer } from '../../../adapters/media-server/mediamtx/local-peer.js';
import { NonceBook } from '../../../adapters/media-server/mediamtx/nonces.js';
import { settingsOf, type MediaMtxOptions } from '../../../adapters/media-server/mediamtx/settings.js';
import { PublisherCheck } from '../../../adapters/media-server/mediamtx/publisher-check.js';
import { parseLine, ServerLog } from '../../../adapters/media-server/mediamtx/server-log.js';
import { checkVersion } from '../../../adapters/media-server/mediamtx/state-tracker.js';
import { isPortError } from '../../../ports/port-error.js';
import { silentLog } from '../../worlds/media-server-worlds.js';

const FOLDERS = { folders: { recordings: '/recordings', run: '/run/x' } };

describe('the parts of the MediaMTX adapter', () => {
  it('refuses wrong options at once, by name', () => {
    const wrong: readonly [string, Partial<MediaMtxOptions>][] = [
      ['recordings_dir', { folders: { recordings: '/a%b', run: '/run/x' } }],
      ['recordings_dir', { folders: { recordings: 'relative', run: '/run/x' } }],
      ['hls_port', { rtspPort: 8888 }],
      ['api_port', { webrtcPort: 9997 }],
      ['rtsp_transports', { rtspTransports: ['udp'] }],
      ['record_segment_duration_ms', { recordSegmentDurationMs: 400 }],
      ['url', { mode: 'external' }],
      ['url', { mode: 'external', url: 'http://a:b@c:1' }],
      ['auth_port', { mode: 'external', url: 'http://c:1', authSecret: 'x'.repeat(20) }],
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

  it('lets passes end: after one use or 30 s, and each for its path only', () => {
    let now = 0;
    const book = new NonceBook({ monotonicMs: () => now });
    const [publish, late] = [book.issue('a'), book.issue('a')];
    expect(book.redeem('b', publish)).to.equal(false);
    expect(book.redeem('a', publish)).to.equal(true);
    expect(book.redeem('a', publish)).to.equal(false);
    expect(book.redeem('a', 'guessed')).to.equal(false);
    now = 30_000;
    expect(book.redeem('a', late)).to.equal(false);
  });

  it('knows whose a connection is by its two ports', async () => {
    const row = ([local, remote]: readonly [string, string], state: string, uid: number): string =>
      `   1: ${local} ${remote} ${state} 00000000:00000000 02:00000539 00000000 ${String(uid)} 0 139015 2 0 20 4 26 11 -1`;
    const list = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      row(['0100007F:216A', '0100007F:C51E'], '01', 33),
      row(['0100007F:C51E', '0100007F:216A'], '01', 1000),
      row(['0100007F:C51F', '0100007F:216A'], '01', 65_534),
      row(['0100007F:C520', '0100007F:216A'], '06', 0),
      row(['00000000000000000000000001000000:C521', '00000000000000000000000001000000:216A'], '01', 1000),
      row(['0200007F:C521', '0100007F:216A'], '01', 65_534),
      'nonsense',
      '',
    ].join('\n');
    const whose = (clientPort: number): Promise<Peer> =>
      peerOf({ clientPort, serverPort: 0x216a }, 1000, () => Promise.resolve(list));
    expect(await whose(0xc51e), 'ours').to.equal('ours');
    expect(await whose(0xc51f), "another's").to.equal('another');
    expect(await whose(0xc520), 'over').to.equal('unknown');
    expect(await whose(0xc521), 'two that fit').to.equal('another');
    expect(await whose(0), 'without a port').to.equal('unknown');
    expect(
      ['127.0.0.1:554', '[::1]:65535', '127.0.0.1', 'x:0', 'x:70000', ''].map(portOfAddress),
    ).to.deep.equal([554, 65_535, 0, 0, 0, 0]);
  });

  it('lets nobody in with a pass of somebody else, who keeps it', async () => {
    const nonces = new NonceBook({ monotonicMs: () => 0 });
    let whose: Peer = 'another';
    let looks = 0;
    const peer = (): Promise<Peer> => {
      looks += 1;
      return Promise.resolve(whose);
    };
    const check = new PublisherCheck({ nonces, peer, takesUnknown: false });
    const elsewhere = new PublisherCheck({ nonces, peer, takesUnknown: true });
    const asker = {
      path: 'a',
      protocol: 'rtsp',
      id: 's',
      query: `x=1&nonce=${nonces.issue('a')}`,
    };
    expect(await check.allows({ ...asker, query: 'nonce=guessed' })).to.equal(false);
    expect(await check.allows({ ...asker, path: 'b' })).to.equal(false);
    expect(await check.allows({ ...asker, protocol: 'srt' })).to.equal(false);
    expect(looks, 'made by who has no good pass').to.equal(0);
    expect(await elsewhere.allows(asker), "another's").to.equal(false);
    whose = 'unknown';
    expect(await check.allows(asker), 'unknown').to.equal(false);
    whose = 'ours';
    const answers = await Promise.all([check.allows(asker), check.allows(asker)]);
    expect(answers, 'once').to.deep.equal([true, false]);
    whose = 'unknown';
    const query = `nonce=${nonces.issue('a')}`;
    expect(await elsewhere.allows({ ...asker, query }), 'external').to.equal(true);
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
