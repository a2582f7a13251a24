/** The cameras and the service of the cases. */
import type { Context } from 'mocha';
import { guest } from '../hooks.js';
import type { WsClient } from '../../worlds/ws-client.js';
import { FakeUvcCamera } from './fake-uvc.js';
import type { FakeUvcOptions } from './fake-uvc.js';
import { LabService } from './lab-service.js';
import type { LabServiceOptions } from './lab-service.js';
import { readStamp, testPictures } from './pictures.js';

const SIZE = { width: 320, height: 240, fps: [15] };

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

/** H.264 is passed on without encoding, which is all that emulation has the power for when several cameras run. */
export const H264_TOO: Partial<FakeUvcOptions> = {
  formats: [
    { fourcc: 'H264', sizes: [SIZE] },
    { fourcc: 'MJPG', sizes: [SIZE] },
  ],
};

/** A service and a client of it, started for a case. */
export class Stage {
  #service: LabService | undefined;
  #client: WsClient | undefined;

  get service(): LabService {
    if (this.#service === undefined) throw new Error('the service does not run');
    return this.#service;
  }

  get client(): WsClient {
    if (this.#client === undefined) throw new Error('no client is connected');
    return this.#client;
  }

  async open(options: LabServiceOptions = {}): Promise<void> {
    this.#service = await LabService.start(guest(), options);
    this.#client = await this.#service.client();
  }

  /** Ends the service; after a failed case it shows what the service said. */
  async close(context?: Context): Promise<void> {
    if (this.#service === undefined) return;
    if (context?.currentTest?.state === 'failed') console.log(await this.#service.output());
    await this.#service.stop();
    this.#service = undefined;
    this.#client = undefined;
  }

  /** Takes a snapshot. @returns the answer, and which camera's picture it is. */
  async snapshot(
    device: string,
  ): Promise<Readonly<Record<string, unknown>> & { readonly label: string | undefined }> {
    const answer = await this.client.call<Readonly<Record<string, unknown>>>('take_snapshot', { device });
    const picture = await guest().readFile(this.service.path('snapshots', String(answer['filename'])));
    return { ...answer, label: readStamp(picture)?.label };
  }
}
