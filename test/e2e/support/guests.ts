/** Everything that goes on because of one credential: a socket, events, a download, viewers. */
import { get, type IncomingMessage } from 'node:http';
import { sendSyntheticCommand } from '../../../adapters/device-event-source/synthetic/control-socket.js';
import type { BrowserViewer, BrowserWorld } from '../../worlds/browser.js';
import { until, viewStream, type StreamViewer } from '../../worlds/media.js';
import type { RunningService } from '../../worlds/service.js';
import { connectWs, type WsClient } from '../../worlds/ws-client.js';

/** Long enough for a first picture on a busy machine. */
const FIRST_PICTURE_MS = 60_000;
const TOLD_WITHIN_MS = 15_000;
/** An event that has not come by then does not come. */
const LATE_MS = 2_000;

export interface GuestOptions {
  readonly service: RunningService;
  readonly credential: string;
  /** A file that is longer than all buffers on the way. */
  readonly file: string;
  /** Absent: it does not watch by WebRTC. */
  readonly browser?: BrowserWorld;
}

/** Uses one credential in every way there is. */
export class Guest {
  readonly socket: WsClient;
  readonly rtsp: StreamViewer;
  readonly webrtc: BrowserViewer | undefined;
  readonly #playlist: string;
  readonly #download: Download;
  readonly #options: GuestOptions;

  private constructor(
    options: GuestOptions,
    uses: { socket: WsClient; rtsp: StreamViewer; webrtc: BrowserViewer | undefined },
    running: { playlist: string; download: Download },
  ) {
    this.#options = options;
    this.socket = uses.socket;
    this.rtsp = uses.rtsp;
    this.webrtc = uses.webrtc;
    this.#playlist = running.playlist;
    this.#download = running.download;
  }

  static async arrive(options: GuestOptions): Promise<Guest> {
    const { service, credential, browser } = options;
    const { rtsp, webrtc } = service.ports;
    const socket = await connectWs(service.wsUrl, { headers: { authorization: `Bearer ${credential}` } });
    await socket.call('get_camera_list');
    const player = await viewStream(`rtsp://127.0.0.1:${rtsp}/camera0?token=${credential}`);
    if (!(await player.served)) throw new Error('the RTSP viewer was refused');
    const page = await browser?.view(`http://127.0.0.1:${webrtc}/camera0/?token=${credential}`);
    await page?.pictures(FIRST_PICTURE_MS);
    const playlist = await hlsSession(service, credential);
    const download = await Download.begin(`${service.httpUrl}${options.file}`, credential);
    return new Guest(options, { socket, rtsp: player, webrtc: page }, { playlist, download });
  }

  /** What a call answers: `ok`, or the code and the reason of the refusal. */
  async call(): Promise<string> {
    const { error } = await this.socket.answer('get_camera_list', {});
    return error === undefined ? 'ok' : `${String(error.data?.['code'])} ${String(error.data?.['reason'])}`;
  }

  /** Whether an HLS player gets on. */
  async hlsGoesOn(): Promise<boolean> {
    return (await fetch(this.#playlist)).status === 200;
  }

  async webrtcGoesOn(): Promise<boolean> {
    const before = (await this.webrtc?.count()) ?? 0;
    const isMoving = async (): Promise<boolean> => ((await this.webrtc?.count()) ?? 0) > before;
    return until('a further picture', isMoving, 2_000).then(
      () => true,
      () => false,
    );
  }

  /** Reads the rest of the download. @returns whether all of it came. */
  downloadIsWhole(): Promise<boolean> {
    return this.#download.rest();
  }

  /** Moves a camera, and returns the names of those that this guest heard of. */
  async hears(camera: number): Promise<readonly unknown[]> {
    const { service } = this.#options;
    const witness = await service.client('viewer');
    this.socket.notifications.length = 0;
    // Of the other camera something may come late.
    const told = (status: string): Promise<unknown> =>
      witness.nextNotification(
        ({ params }) => params['device'] === `camera${camera - 1}` && params['status'] === status,
        TOLD_WITHIN_MS,
      );
    await sendSyntheticCommand(service.path('run'), { action: 'unplug', camera });
    await told('DISCONNECTED');
    await sendSyntheticCommand(service.path('run'), { action: 'plug', camera });
    await told('CONNECTED');
    await witness.close();
    // An answer may overtake an event, so that a call would not tell when all have come.
    const devices = (): readonly unknown[] => this.socket.notifications.map(({ params }) => params['device']);
    const hasHeard = (): boolean =>
      devices().filter((device) => device === `camera${camera - 1}`).length >= 2;
    await until('both events', hasHeard, LATE_MS).catch(() => undefined);
    return devices();
  }

  async leave(): Promise<void> {
    this.#download.drop();
    await Promise.all([this.socket.close(), this.rtsp.stop(), this.webrtc?.close()]);
  }
}

/** Begins an HLS session as a player does. @returns the address of its list of segments. */
async function hlsSession(service: RunningService, credential: string): Promise<string> {
  const url = `http://127.0.0.1:${service.ports.hls}/camera0/index.m3u8?token=${credential}`;
  let answer = await fetch(url);
  await until(
    'an HLS list',
    async () => {
      if (answer.status !== 200) answer = await fetch(url);
      return answer.status === 200;
    },
    FIRST_PICTURE_MS,
  );
  const list = (await answer.text()).split('\n').find((line) => line !== '' && !line.startsWith('#'));
  if (list === undefined) throw new Error('the HLS list names no stream');
  return new URL(list, answer.url).href;
}

/** A download that was begun and is not read on. */
class Download {
  readonly #answer: IncomingMessage;
  readonly #bytes: number;
  #read = 0;

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.#bytes = Number(answer.headers['content-length']);
  }

  static async begin(url: string, credential: string): Promise<Download> {
    const headers = { authorization: `Bearer ${credential}` };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { headers, agent: false }, resolve).once('error', reject);
    });
    if (answer.statusCode !== 200) throw new Error(`the download was refused: ${answer.statusCode}`);
    return new Download(answer);
  }

  async rest(): Promise<boolean> {
    try {
      for await (const chunk of this.#answer) this.#read += (chunk as Buffer).length;
    } catch {
      return false;
    }
    return this.#read === this.#bytes;
  }

  drop(): void {
    this.#answer.destroy();
  }
}
