/** What comes to the door: upgrades for others, proxies, and hosts that nobody named. */
import { expect } from 'chai';
import { createNodeHttpListener } from '../../../adapters/http-listener/node/node-http-listener.js';
import type { HttpClient } from '../../../ports/index.js';
import { FrontDoor, HANDSHAKE } from '../../worlds/front-door.js';
import { quietLog } from '../../worlds/transport-worlds.js';

describe('the front door', function () {
  this.timeout(60_000);
  let door: FrontDoor;

  const begin = async (...options: ConstructorParameters<typeof FrontDoor>): Promise<void> => {
    door = await new FrontDoor(...options).begin();
  };
  afterEach(() => door.end());

  describe('answers as if nobody had asked, an upgrade', () => {
    for (const [what, lines] of [
      [
        'to h2c, as curl and Java ask',
        ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
      ],
      ['to something unknown', ['Connection: upgrade', 'Upgrade: foo/2, bar']],
      ['to a WebSocket where none is', ['Connection: Upgrade', 'Upgrade: websocket', ...HANDSHAKE]],
      ['that names no protocol', ['Connection: Upgrade']],
    ] as const) {
      it(what, async () => {
        await begin();
        expect(await door.status('GET /who HTTP/1.1', 'Host: x', ...lines, '', '')).to.equal(200);
        const posted = await door.answer(
          'POST /who HTTP/1.1',
          'Host: x',
          'Content-Length: 3',
          ...lines,
          '',
          'abc',
        );
        expect(posted)
          .to.match(/^HTTP\/1.1 200 /)
          .and.match(/abc/);
      });
    }

    it('but takes a WebSocket among others', async () => {
      await begin();
      const lines = ['Connection: keep-alive, Upgrade', 'Upgrade: h2c, WebSocket', ...HANDSHAKE];
      expect(await door.status('GET /ws HTTP/1.1', 'Host: x', ...lines, '', '')).to.equal(101);
    });
  });

  it('wants one Host, and one length', async () => {
    await begin();
    expect(await door.status('GET /who HTTP/1.1', 'Host: a', 'Host: b', '', '')).to.equal(400);
    expect(await door.status('GET /who HTTP/1.1', '', '')).to.equal(400);
    expect(await door.status('GET /who HTTP/1.1', 'Host: a, b', '', '')).to.equal(400);
    const both = ['Content-Length: 3', 'Transfer-Encoding: chunked'];
    expect(await door.status('POST /who HTTP/1.1', 'Host: a', ...both, '', '0', '', '')).to.equal(400);
  });

  describe('compares origins as URLs', () => {
    const handshake = (host: string, origin: string, ...more: readonly string[]) =>
      door.status(
        ...['GET /ws HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', ...HANDSHAKE],
        ...[`Origin: ${origin}`, ...more, '', ''],
      );

    it('with default ports, case and addresses', async () => {
      await begin();
      for (const [host, origin] of [
        ['cam.example:443', 'https://cam.example'],
        ['cam.example', 'https://cam.example:443'],
        ['CAM.example:80', 'http://cam.example'],
        ['[2001:db8::1]:8002', 'http://[2001:db8:0::1]:8002'],
      ] as const)
        expect(await handshake(host, origin), `${host} ${origin}`).to.equal(101);
      for (const [host, origin] of [
        ['cam.example:444', 'https://cam.example'],
        ['cam.example', 'https://cam.example.evil'],
        ['cam.example', 'https://cam.example@evil.example'],
      ] as const)
        expect(await handshake(host, origin), `${host} ${origin}`).to.equal(403);
    });

    it('and by the host that a trusted proxy names', async () => {
      await begin({ trustedProxies: ['127.0.0.0/8'] });
      const forwarded = [
        'X-Forwarded-For: 203.0.113.9',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: cam.example',
      ];
      expect(await handshake('inner:8002', 'https://cam.example', ...forwarded)).to.equal(101);
      expect(await handshake('inner:8002', 'http://cam.example', ...forwarded)).to.equal(403);
    });
  });

  describe('behind a proxy', () => {
    const asked = async (...lines: readonly string[]): Promise<HttpClient | undefined> => {
      await door.answer('GET /who HTTP/1.1', 'Host: inner:8002', ...lines, '', '');
      return door.seen;
    };
    const TOLD = [
      'X-Forwarded-For: 198.51.100.7, 203.0.113.9',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: cam.example',
      'X-Forwarded-Prefix: /cams',
    ];

    it('that is trusted, the client is who it names, not who the client says it is', async () => {
      await begin({ trustedProxies: ['127.0.0.1/32'] });
      expect(await asked(...TOLD)).to.deep.equal({
        address: '203.0.113.9',
        baseUrl: 'https://cam.example/cams',
      });
      const standard = 'Forwarded: for=198.51.100.7, for="[2001:db8::9]:4711";proto=https;host=cam.example';
      expect(await asked(standard)).to.deep.equal({ address: '2001:db8::9', baseUrl: 'https://cam.example' });
      expect(await asked('X-Forwarded-For: rubbish')).to.include({ address: '127.0.0.1' });
    });

    it('that is not, nothing of it counts', async () => {
      await begin();
      expect(await asked(...TOLD)).to.deep.equal({ address: '127.0.0.1', baseUrl: 'http://inner:8002' });
    });

    it('links are built from the configured URL, and work below its path', async () => {
      await begin({ publicUrl: 'https://hub.example/site/' });
      expect(await asked()).to.include({ baseUrl: 'https://hub.example/site' });
      expect(await door.status('GET /site/who HTTP/1.1', 'Host: x', '', '')).to.equal(200);
    });

    it('refuses networks that are none', () => {
      for (const range of ['10.0.0.0/33', 'proxy.example', 'fd00::/129', '10.0.0.0/0'])
        expect(() =>
          createNodeHttpListener({ host: '127.0.0.1', port: 0, trustedProxies: [range] }, { log: quietLog }),
        )
          .to.throw(/trusted_proxies/)
          .with.property('code', 'OPTION_INVALID');
    });
  });
});
