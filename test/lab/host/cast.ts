/** The cameras and the service of the cases. */
import type { Context } from 'mocha';
import { guest } from '../hooks.js';
import { until } from '../../worlds/media.js';
import type { WsClient } from '../../worlds/ws-client.js';
import { FakeUvcCamera } from './fake-uvc.js';
import type { FakeUvcOptions } from './fake-uvc.js';
import { LabService, cameras, heard } from './lab-service.js';
import type { CameraLine, LabServiceOptions } from './lab-service.js';
import { readStamp, testPictures } from './pictures.js';

const SIZE = { width: 320, height: 240, fps: [15] };
const HOOK_MS = 240_000;
const CLEAR_MS = 60_000;
const STATUS_MS = 90_000;

export interface LabSnapshot extends Readonly<Record<string, unknown>> {
  readonly picture: Buffer;
  /** Absent when the picture was encoded anew on its way. */
  readonly label: string | undefined;
}

/** A camera whose pictures carry its label. Delivers MJPEG only, unless said otherwise. */
export function labCamera(label: string, options: Partial<FakeUvcOptions> = {}): FakeUvcCamera {
  return new FakeUvcCamera({
    picture: testPictures(label),
    serial: label,
    product: `Camera ${label}`,
    formats: [{ fourcc: 'MJPG', sizes: [SIZE] }],
    ...options,
  });
}

/** H.264 is forwarded without encoding, which is all that emulation has the power for when several cameras run. */
export const H264_TOO: Partial<FakeUvcOptions> = {
  formats: [
    { fourcc: 'H264', sizes: [SIZE] },
    { fourcc: 'MJPG', sizes: [SIZE] },
  ],
};

/** A service and a client of it. */
export class Stage {
  #service: LabService | undefined;
  #client: WsClient | undefined;
  #options: LabServiceOptions = {};

  get service(): LabService {
    if (this.#service === undefined) throw new Error('the service does not run');
    return this.#service;
  }

  get client(): WsClient {
    if (this.#client === undefined) throw new Error('no client is connected');
    return this.#client;
  }

  async open(options: LabServiceOptions = {}): Promise<void> {
    await this.close();
    this.#options = options;
    this.#service = await LabService.start(guest(), options);
    this.#client = await this.#service.client();
  }

  /** Ends the service; after a failed case it shows what the service said. */
  async close(context?: Context): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    this.#client = undefined;
    if (context?.currentTest?.state === 'failed') console.log(await service?.output());
    await service?.stop();
  }

  /**
   * Pulls every camera and forgets what was heard. After a failed case: shows what the service said, and starts it anew.
   * @param atRest what the service says of every camera once it has noticed.
   */
  async clear(context: Context, atRest: string): Promise<void> {
    if (this.#service === undefined) return;
    if (context.currentTest?.state === 'failed') {
      await this.close(context).catch((error: unknown) => {
        console.log(String(error));
      });
      await guest().reset();
      await this.open({ ...this.#options, isRestart: false });
      return;
    }
    await guest().reset();
    const isAtRest = ({ status }: CameraLine): boolean => status === atRest;
    await until('empty stage', async () => (await cameras(this.client)).every(isAtRest), CLEAR_MS);
    // Behind the answer of a further call nothing of this case comes any more.
    await this.client.call('ping');
    this.client.notifications.length = 0;
  }

  /** Plugs a camera in. @returns the identifier under which the service announces it. */
  async plug(camera: FakeUvcCamera, port = 0): Promise<string> {
    await guest().plug(camera, port);
    const { params } = await heard(this.client, 'camera.connected');
    return String(params['device']);
  }

  /** Takes a snapshot. @returns the answer, the stored picture, and which camera made it. */
  async snapshot(device: string): Promise<LabSnapshot> {
    const answer = await this.client.call<Readonly<Record<string, unknown>>>('take_snapshot', { device });
    const picture = await guest().readFile(this.service.path('snapshots', String(answer['filename'])));
    return { ...answer, picture, label: readStamp(picture)?.label };
  }

  async status(device: string): Promise<CameraLine> {
    const found = (await cameras(this.client)).find((camera) => camera.device === device);
    if (found === undefined) throw new Error(`no camera ${device}`);
    return found;
  }

  /** Waits until the service says so of a camera. @returns how long that took, in milliseconds. */
  async untilStatus(device: string, status: string): Promise<number> {
    const began = performance.now();
    const isSo = async (): Promise<boolean> => (await this.status(device)).status === status;
    await until(`status ${status}`, isSo, STATUS_MS).catch(async (cause: unknown) => {
      throw new Error(`${device} is ${JSON.stringify(await this.status(device))}`, { cause });
    });
    return performance.now() - began;
  }

  /** Waits until pictures of a camera can be watched. */
  async untilReady(device: string): Promise<void> {
    const isReady = async (): Promise<boolean> =>
      (await this.client.call<{ readonly ready: boolean }>('get_stream_status', { device })).ready;
    await until(`stream of ${device}`, isReady, STATUS_MS);
  }
}

/**
 * One service for all cases of a `describe`; it is cleared after each.
 * @param atRest status of the cameras between two cases; those that cannot be pulled are CONNECTED.
 */
export function sharedStage(options: LabServiceOptions = {}, atRest = 'DISCONNECTED'): Stage {
  const stage = new Stage();
  before(async function () {
    this.timeout(HOOK_MS);
    await stage.open(options);
  });
  afterEach(async function () {
    this.timeout(HOOK_MS);
    await stage.clear(this, atRest);
  });
  after(async function () {
    this.timeout(HOOK_MS);
    await stage.close();
  });
  return stage;
}
