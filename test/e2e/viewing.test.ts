/** Viewers that never called the API, on real MediaMTX, ffmpeg and Chromium. */
import { expect } from 'chai';
import { sendSyntheticCommand } from '../../adapters/device-event-source/synthetic/control-socket.js';
import { readBarcode } from '../worlds/barcode.js';
import { startBareOnDemand, type BareOnDemand } from '../worlds/bare-on-demand.js';
import { openBrowser, type BrowserWorld } from '../worlds/browser.js';
import { until } from '../worlds/media.js';
import { playRtsp } from '../worlds/picture-viewer.js';
import { startService, type RunningService } from '../worlds/service.js';

const IDLE_MS = 2_000;
const FIRST_PICTURE_MS = 3_000;
const RUNS = 3;
const PICTURE = { width: 1280, height: 720, fps: 15 };
const PROTOCOLS = ['rtsp', 'webrtc', 'hls'] as const;
type Protocol = (typeof PROTOCOLS)[number];

interface Seen {
  readonly at: number;
  readonly jpeg: Uint8Array;
}

interface Viewing {
  readonly openedAt: number;
  readonly pictures: readonly Seen[];
  close(): Promise<void>;
}

describe('viewers that never called the API', function () {
  this.timeout(180_000);
  let service: RunningService;
  let bare: BareOnDemand;
  let browser: BrowserWorld;
  let token: string;
  const figures: string[] = [];

  before(async () => {
    const cameras = Array.from({ length: RUNS }, (_, index) => ({ name: `Camera ${index}`, ...PICTURE }));
    const set = {
      'synthetic.cameras': JSON.stringify(cameras),
      'adapters.device_event_source': 'synthetic',
      'streams.idle_timeout_ms': String(IDLE_MS),
      'streams.viewer_grace_ms': '5000',
    };
    service = await startService({ set });
    token = await service.token('viewer');
    const names = PROTOCOLS.flatMap((protocol) => cameras.map((_, run) => `${protocol}${run}`));
    bare = await startBareOnDemand([...names, 'warm'], PICTURE);
    browser = await openBrowser();
    // What a browser does once, such as loading its decoder, is nobody's time to the first picture.
    for (const protocol of ['webrtc', 'hls'] as const) {
      await (await watch(protocol, bare.urls('warm')[protocol])).close();
    }
    await bare.drop('warm');
  });

  after(async () => {
    console.log(figures.map((line) => `        ${line}`).join('\n'));
    await browser?.close();
    await bare?.stop();
    await service?.stop();
  });

  function url(protocol: Protocol, camera: string, credential = `?token=${token}`): string {
    const { rtsp, webrtc, hls } = service.ports;
    const host = '127.0.0.1';
    return {
      rtsp: `rtsp://${host}:${rtsp}/${camera}${credential}`,
      webrtc: `http://${host}:${webrtc}/${camera}/${credential}`,
      hls: `http://${host}:${hls}/${camera}/${credential}`,
    }[protocol];
  }

  async function watch(protocol: Protocol, address: string): Promise<Viewing> {
    if (protocol === 'rtsp') {
      const viewer = await playRtsp(address);
      const pictures = await viewer.first(2, 10_000);
      return { openedAt: viewer.openedAt, pictures, close: () => viewer.stop() };
    }
    const viewer = await browser.view(address);
    return {
      openedAt: viewer.openedAt,
      pictures: await viewer.pictures(10_000),
      close: () => viewer.close(),
    };
  }

  const nothingRuns = (): boolean => service.children().ffmpeg.length === 0;

  function hand(action: 'plug' | 'unplug', run: number): Promise<void> {
    return sendSyntheticCommand(service.path('run'), { action, camera: run + 1 });
  }

  for (const protocol of PROTOCOLS) {
    it(`get moving pictures of an idle camera by ${protocol}`, async () => {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const reference = await watch(protocol, bare.urls(`${protocol}${run}`)[protocol]);
        theirs.push(firstPictureMs(reference));
        await reference.close();
        await bare.drop(`${protocol}${run}`);

        expect(service.children().ffmpeg, 'running before').to.deep.equal([]);
        const viewing = await watch(protocol, url(protocol, `camera${run}`));
        ours.push(firstPictureMs(viewing));
        expect(ours[run], 'time to the first picture').to.be.below(FIRST_PICTURE_MS);
        const [first = 0, second = 0] = viewing.pictures.map(({ jpeg }) => readBarcode(jpeg).generatedAtMs);
        expect(second, 'time of the second picture').to.be.above(first);
        expect(first, 'the picture is of this viewing').to.be.above(viewing.openedAt);
        await viewing.close();
        if (protocol !== 'hls') await idleAgain();
        else if (run < RUNS - 1) await pulled(run);
      }
      const ratio = median(ours) / median(theirs);
      figures.push(
        `${protocol}: first picture after ${shown(ours)} ms; bare MediaMTX and ffmpeg ${shown(theirs)} ms; ratio ${ratio.toFixed(2)}`,
      );
    });
  }

  /** The camera stays on for the idle time, so that the next viewer need not wait, and then everything ends. */
  async function idleAgain(): Promise<void> {
    const leftAt = Date.now();
    expect(service.children().captures, 'captures as the viewer leaves').to.have.length(1);
    await until('end of all ffmpeg', nothingRuns, IDLE_MS + 5_000);
    expect(Date.now() - leftAt, 'on after the last viewer').to.be.at.least(IDLE_MS - 500);
  }

  /** Without waiting for the media server to notice that an HLS viewer is gone. */
  async function pulled(run: number): Promise<void> {
    await hand('unplug', run);
    await until('end of all ffmpeg', nothingRuns);
  }

  it('by HLS, who have no way to say goodbye, are noticed to be gone all the same', async () => {
    const leftAt = Date.now();
    await until('end of all ffmpeg', nothingRuns, 60_000);
    const tookMs = Date.now() - leftAt;
    figures.push(`hls: off ${tookMs} ms after the last viewer left, ${IDLE_MS} of them by configuration`);
    for (let run = 0; run < RUNS - 1; run += 1) await hand('plug', run);
  });

  describe('with a wrong credential', () => {
    before(() => until('end of all ffmpeg', nothingRuns, IDLE_MS + 5_000));

    for (const [what, credential] of [
      ['none', ''],
      ['one that is made up', '?token=made-up'],
    ] as const) {
      it(`are refused (${what}), and the camera stays off`, async () => {
        const viewer = await playRtsp(url('rtsp', 'camera0', credential));
        await until('end of the player', () => !viewer.isAlive());
        expect(viewer.pictures).to.deep.equal([]);
        expect(viewer.tail().join('\n')).to.include('401');
        const [page, list] = [url('webrtc', 'camera0', credential), url('hls', 'camera0', credential)];
        const headers = { 'content-type': 'application/sdp' };
        const offer = await fetch(inside(page, 'whep'), { method: 'POST', body: 'v=0', headers });
        expect(offer.status).to.equal(401);
        expect((await fetch(inside(list, 'index.m3u8'))).status).to.equal(401);
        expect(service.children().ffmpeg).to.deep.equal([]);
      });
    }

    it('do not learn which cameras there are', async () => {
      const answers = await Promise.all(
        ['camera0', 'camera77'].flatMap((camera) => [
          fetch(inside(url('webrtc', camera, ''), 'whep'), { method: 'OPTIONS' }),
          fetch(inside(url('hls', camera, ''), 'index.m3u8')),
        ]),
      );
      const said = await Promise.all(answers.map(async (one) => `${one.status} ${await one.text()}`));
      expect(said.slice(2)).to.deep.equal(said.slice(0, 2));
      const viewer = await playRtsp(url('rtsp', 'camera77', ''));
      await until('end of the player', () => !viewer.isAlive());
      expect(viewer.tail().join('\n')).to.include('401');
    });
  });

  it('see only the cameras that their token names', async () => {
    const scoped = await service.token('viewer', { cameras: ['camera0'] });
    await until('end of all ffmpeg', nothingRuns, IDLE_MS + 5_000);
    const other = await playRtsp(url('rtsp', 'camera1', `?token=${scoped}`));
    await until('end of the player', () => !other.isAlive());
    expect(other.tail().join('\n')).to.include('401');
    expect(service.children().ffmpeg).to.deep.equal([]);
    const own = await playRtsp(url('rtsp', 'camera0', `?token=${scoped}`));
    await own.first(2, FIRST_PICTURE_MS);
    await own.stop();
  });

  it('may show an API key as the RTSP password', async () => {
    const { stdout } = await service.cli(['key', 'add', '--role', 'viewer']);
    const { rtsp } = service.ports;
    const viewer = await playRtsp(`rtsp://anybody:${stdout.trim()}@127.0.0.1:${rtsp}/camera0`);
    await viewer.first(2, FIRST_PICTURE_MS);
    await viewer.stop();
  });
});

/** An address below a page, with the page's own query. */
function inside(page: string, name: string): URL {
  const url = new URL(page);
  url.pathname += name;
  return url;
}

function firstPictureMs({ openedAt, pictures }: Viewing): number {
  return (pictures[0]?.at ?? Number.NaN) - openedAt;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function shown(values: readonly number[]): string {
  return `${median(values)} (${values.join(', ')})`;
}
