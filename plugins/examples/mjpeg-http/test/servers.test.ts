/** Servers as they are in the field: each of them is one that somebody has met. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePorts, testParts, until } from 'mediamtx-camera-service/testing';
import { isPortError, type PortErrorCode } from 'mediamtx-camera-service/plugin-api';
import { createGrabber } from '../src/camera.js';
import { imagesOf } from '../src/images.js';
import { targetOf, type CameraSettings } from '../src/target.js';
import { CameraServer, image, IMAGES, part, SIZE, snapshot, stream, type Answer } from './camera-server.js';

const WITHIN_MS = 10_000;
const { clock } = testParts();
const QUICK = { clock, intervalMs: 20, stallMs: WITHIN_MS, maxImageBytes: 1_000_000 };
const LOGIN = { username: 'Zoë "viewer"', password: 'p@ss:/?#%ö' };

/** Writes the head of the response as it is, past all rules. */
const raw = (response: ServerResponse, head: string): void => {
  response.socket?.write(`${head.replaceAll('\n', '\r\n')}\r\n`);
};
const MULTIPART = 'HTTP/1.1 200 OK\nContent-Type: multipart/x-mixed-replace; boundary=';
/** Three images and no end. */
const three = (
  response: ServerResponse,
  frame: (jpeg: Uint8Array) => readonly (string | Uint8Array)[],
): void => {
  for (const number of [0, 1, 2]) for (const bytes of frame(image(number))) response.socket?.write(bytes);
};

const STREAMS: Readonly<Record<string, Answer>> = {
  'a boundary in quotes': (_, response) => {
    raw(response, `${MULTIPART}"my frame"\n`);
    three(response, (jpeg) => ['--my frame\r\nContent-Type: image/jpeg\r\n\r\n', jpeg, '\r\n']);
  },
  'a boundary that is announced with its dashes': (_, response) => {
    raw(response, `${MULTIPART}--frame\n`);
    three(response, (jpeg) => [part(jpeg)]);
  },
  'a boundary that is another one than announced': (_, response) => {
    raw(response, `${MULTIPART}one\n`);
    three(response, (jpeg) => ['--another\r\n\r\n', jpeg, '\r\n']);
  },
  'no type at all': (_, response) => {
    raw(response, 'HTTP/1.0 200 OK\n');
    three(response, (jpeg) => [part(jpeg)]);
  },
  'the wrong type': (_, response) => {
    raw(response, 'HTTP/1.1 200 OK\nContent-Type: text/html\n');
    three(response, (jpeg) => [part(jpeg)]);
  },
  'the wrong length of its parts, and headers that no standard allows': (_, response) => {
    raw(response, `${MULTIPART}frame\nX-Framerate: 5\nX-Name: a\u0001b\n`);
    three(response, (jpeg) => ['--frame\r\nContent-Length: 7\r\nX-Timestamp: 0.1\r\n\r\n', jpeg, '\r\n']);
  },
  'bare images one after the other': (_, response) => {
    raw(response, 'HTTP/1.1 200 OK\nContent-Type: video/x-motion-jpeg\n');
    three(response, (jpeg) => [jpeg]);
  },
  'chunks that end anywhere': (_, response) => {
    response.setHeader('content-type', 'multipart/x-mixed-replace; boundary=frame');
    const bytes = Buffer.concat([0, 1, 2].map((number) => part(image(number))));
    for (let at = 0; at < bytes.length; at += 97) response.write(bytes.subarray(at, at + 97));
  },
  'blank lines and comments that keep the connection alive': (_, response) => {
    raw(response, `${MULTIPART}frame\n`);
    three(response, (jpeg) => [
      '\r\n\r\n',
      '--frame\r\nContent-Type: text/plain\r\n\r\nalive\r\n',
      part(jpeg),
    ]);
  },
  'torn images between whole ones': (_, response) => {
    raw(response, `${MULTIPART}frame\n`);
    three(response, (jpeg) => [part(jpeg.subarray(0, 900)), part(jpeg)]);
  },
  'a redirect to itself with a cookie, and another': (request, response) => {
    if (request.url === '/stream') response.writeHead(302, { location: '/b', 'set-cookie': 'a=b' }).end();
    else stream(request, response);
  },
  'single images': snapshot,
  'single images without a length': (_, response) => {
    raw(response, 'HTTP/1.0 200 OK\n');
    response.socket?.end(image(0));
  },
};

describe('a camera whose server has', () => {
  const server = new CameraServer(stream);
  before(() => server.plug());
  after(() => server.unplug());

  const take = async (
    count: number,
    settings: Partial<CameraSettings> = {},
  ): Promise<readonly Uint8Array[]> => {
    const taken: Uint8Array[] = [];
    for await (const { jpeg } of imagesOf(
      targetOf(server.source(settings)),
      QUICK,
      AbortSignal.timeout(WITHIN_MS),
    ))
      if (taken.push(jpeg) === count) break;
    await until('no connection', () => server.openConnections === 0, WITHIN_MS);
    return taken;
  };
  const refusal = async (settings: Partial<CameraSettings> = {}, changes = {}): Promise<Error> => {
    const signal = AbortSignal.timeout(WITHIN_MS);
    try {
      for await (const _ of imagesOf(targetOf(server.source(settings)), { ...QUICK, ...changes }, signal));
    } catch (error) {
      return error as Error;
    }
    throw new Error('not refused');
  };
  const expectCode = (error: Error, code: PortErrorCode): void => {
    expect(isPortError(error, code), String(error)).to.equal(true);
    for (const secret of ['p@ss', encodeURIComponent(LOGIN.password), 'topsecret'])
      expect(error.message).not.to.include(secret);
  };

  for (const [what, answer] of Object.entries(STREAMS))
    it(what, async () => {
      server.answer = answer;
      const known = IMAGES.map((jpeg) => Buffer.from(jpeg).toString('base64'));
      for (const jpeg of await take(3)) expect(known).to.include(Buffer.from(jpeg).toString('base64'));
    });

  for (const algorithm of ['MD5', 'SHA-256'] as const)
    it(`a login by Digest with ${algorithm}, and a realm in quotes`, async () => {
      const hash = (text: string): string =>
        createHash(algorithm.toLowerCase().replace('-', '')).update(text).digest('hex');
      server.answer = (request, response) => {
        const shown = request.headers.authorization ?? '';
        const of = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(shown)?.[1] ?? '';
        const user = hash(`${LOGIN.username}:a "cam":${LOGIN.password}`);
        const wanted = hash(
          `${user}:n1:${of('nc')}:${of('cnonce')}:auth:${hash(`GET:${request.url ?? ''}`)}`,
        );
        if (of('response') === wanted) return stream(request, response);
        const challenge = `Digest realm="a \\"cam\\"", qop="auth,auth-int", nonce="n1", algorithm=${algorithm}`;
        response.writeHead(401, { 'www-authenticate': ['Basic realm="x"', challenge] }).end();
      };
      expect(await take(2, { ...LOGIN, url: server.url('/stream?channel=1') })).to.have.lengthOf(2);
    });

  it('a login by Basic, which is shown to nobody else', async () => {
    const other = new CameraServer(stream);
    await other.plug();
    const expected = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')}`;
    server.answer = (request, response) => {
      if (request.headers.authorization !== expected)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
      else response.writeHead(307, { location: other.url() }).end();
    };
    try {
      expect(await take(1, LOGIN)).to.have.lengthOf(1);
      expect(other.requests.map(({ headers }) => headers.authorization)).to.deep.equal([undefined]);
    } finally {
      await other.unplug();
    }
  });

  it('a login that is refused', async () => {
    server.answer = (_, response) =>
      void response.writeHead(401, { 'www-authenticate': 'Basic realm="c"' }).end();
    expectCode(await refusal(LOGIN), 'DEVICE_FORBIDDEN');
    expect((await refusal()).message).to.include('set username and password');
  });

  it('no image for a while', async () => {
    server.answer = (_, response) => {
      raw(response, `${MULTIPART}frame\n`);
      response.socket?.write(part(image(0)));
    };
    const error = await refusal({ url: server.url('/stream?key=topsecret') }, { stallMs: 100 });
    expectCode(error, 'DEVICE_GONE');
    expect(error.message).to.include('sent no image for 100 ms');
  });

  for (const [what, answer, code] of [
    [
      'an end',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'multipart/mixed' }).end(part(image(0))),
      'DEVICE_GONE',
    ],
    ['a cut', (_, response) => void response.socket?.destroy(), 'DEVICE_GONE'],
    ['a page in place of an image', (_, response) => void response.end('<html>'), 'DEVICE_UNSUPPORTED'],
    ['something else without end', (_, response) => flood(response), 'DEVICE_UNSUPPORTED'],
    ['no such address', (_, response) => void response.writeHead(404).end(), 'DEVICE_GONE'],
    ['too many viewers', (_, response) => void response.writeHead(503).end(), 'DEVICE_BUSY'],
    [
      'a redirect in a circle',
      (_, response) => void response.writeHead(301, { location: '/a' }).end(),
      'DEVICE_UNSUPPORTED',
    ],
    [
      'a redirect to a file',
      (_, response) => void response.writeHead(301, { location: 'file:///etc/passwd' }).end(),
      'DEVICE_UNSUPPORTED',
    ],
  ] as const satisfies readonly (readonly [string, Answer, PortErrorCode])[])
    it(what, async () => {
      server.answer = answer;
      expectCode(await refusal(LOGIN), code);
    });

  it('a certificate of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mjpeg-http-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
        ...['-subj', '/CN=camera', '-keyout', keyFile, '-out', certFile],
      ],
      { stdio: 'ignore' },
    );
    const tls = new CameraServer(stream, {
      key: readFileSync(keyFile, 'utf8'),
      cert: readFileSync(certFile, 'utf8'),
    });
    rmSync(folder, { recursive: true });
    await tls.plug();
    const url = tls.url();
    try {
      const error = await refusal({ url });
      expectCode(error, 'DEVICE_UNSUPPORTED');
      expect(error.message).to.include('allow_self_signed');
      expect(await take(1, { url, allow_self_signed: true })).to.have.lengthOf(1);
    } finally {
      await tls.unplug();
    }
  });

  it('ffmpeg in it', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${String(port)}/`;
    const ffmpeg = spawn('ffmpeg', [
      ...[
        '-v',
        'error',
        '-re',
        '-f',
        'lavfi',
        '-i',
        `testsrc2=size=${String(SIZE.width)}x${String(SIZE.height)}`,
      ],
      ...['-c:v', 'mjpeg', '-f', 'mpjpeg', '-listen', '1', url],
    ]);
    const ended = once(ffmpeg, 'exit');
    try {
      const request = {
        source: server.source({ url }),
        format: { pixelFormat: 'MJPG', ...SIZE, fps: 25 },
        warmUpFrames: 5,
      };
      const grab = () =>
        createGrabber(clock)
          .grab(request, AbortSignal.timeout(WITHIN_MS))
          .catch(() => undefined);
      let frame: Awaited<ReturnType<typeof grab>>;
      await until('an image of ffmpeg', async () => (frame = await grab()) !== undefined, WITHIN_MS);
      expect(frame).to.include({ ...SIZE, sequence: 6 });
    } finally {
      ffmpeg.kill('SIGKILL');
      await ended;
    }
  });
});

function flood(response: ServerResponse): void {
  const send = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.on('drain', send);
  send();
}
