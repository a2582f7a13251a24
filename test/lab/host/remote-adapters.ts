/** Adapters that run in the guest, as the ports they implement: the contract suites cannot tell the difference. */
import { once } from 'node:events';
import net from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { CameraCapabilities, CameraProbe } from '../../../ports/camera-probe.js';
import type { Frame } from '../../../ports/capture.js';
import type { DeviceEvent, DeviceEventSource } from '../../../ports/device-event-source.js';
import type { FrameGrabber } from '../../../ports/frame-grabber.js';
import { PortError } from '../../../ports/port-error.js';
import type { Guest } from './guest.js';
import { LAB_DIR } from './places.js';
import type { Call, ControlSetting, MadeSource, Reply, SourceSpec, WireError } from './wire.js';

const PORT = 4000;
const START_MS = 60_000;

export class RemoteAdapters {
  /** Camera nodes that were open when the last call had ended. */
  openNodes = 0;
  readonly #listeners = new Map<number, (reply: Reply) => void>();
  #nextId = 1;

  private constructor(
    private readonly socket: Socket,
    private readonly end: () => Promise<void>,
  ) {
    createInterface({ input: socket }).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      this.openNodes = reply.openNodes ?? this.openNodes;
      this.#listeners.get(reply.id)?.(reply);
    });
    const abandon = (): void => {
      const error = { message: 'the connection to the guest has ended' };
      for (const [id, tell] of this.#listeners) tell({ id, done: true, error });
    };
    socket.on('error', () => undefined);
    socket.on('close', abandon);
  }

  /** Starts the adapters in the guest, where they stay until `close`: each call makes its adapter anew. */
  static async start(guest: Guest): Promise<RemoteAdapters> {
    const argv = [process.execPath, `${LAB_DIR}/guest/adapters.mjs`, 'serve', String(PORT)];
    const { id } = await guest.spawn(argv, { stays: true });
    await guest.waitForPort(PORT, START_MS);
    const socket = net.connect(await guest.forward(PORT), '127.0.0.1');
    await once(socket, 'connect');
    return new RemoteAdapters(socket, () => guest.kill(id, 'SIGKILL'));
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.end();
  }

  /** Sets a control of a camera, as another program would. */
  async control(setting: ControlSetting): Promise<void> {
    await this.#call('control', setting, new AbortController().signal);
  }

  /** What they logged since the last call. */
  async takeLog(): Promise<readonly string[]> {
    return (await this.#call('log', null, new AbortController().signal)) as readonly string[];
  }

  readonly probe: CameraProbe = {
    name: 'v4l2',
    supports: { kinds: ['v4l2'] },
    probe: async (source, signal) => (await this.#call('probe', source, signal)) as CameraCapabilities,
    requireFree: async (source, signal) => {
      await this.#call('requireFree', source, signal);
    },
  };

  readonly grabber: FrameGrabber = {
    name: 'v4l2',
    supports: { kinds: ['v4l2'], tier: 0 },
    grab: async (request, signal) => {
      const { ageMs, jpeg, ...frame } = (await this.#call('grab', request, signal)) as Omit<Frame, 'jpeg'> & {
        readonly ageMs: number;
        readonly jpeg: string;
      };
      // The guest's clock is another one; the age of the picture is the same here and there.
      return { ...frame, jpeg: Buffer.from(jpeg, 'base64'), capturedAt: Date.now() - ageMs };
    },
  };

  async source(spec: SourceSpec): Promise<DeviceEventSource> {
    const made = await this.#call('source', spec, new AbortController().signal);
    const { handle, name, supports } = made as MadeSource;
    return { name, supports, watch: (signal) => this.#watch(handle, signal) };
  }

  async #call(method: Call['method'], argument: unknown, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    const reply = await new Promise<Reply>((resolve) => {
      this.#listeners.set(id, resolve);
      signal.addEventListener('abort', () => this.#send({ id: 0, method: 'abort', argument: id }), {
        once: true,
      });
      this.#send({ id, method, argument });
    });
    this.#listeners.delete(id);
    if (reply.error === undefined) return reply.result;
    throw signal.aborted ? signal.reason : fromWire(reply.error);
  }

  async *#watch(handle: number, signal: AbortSignal): AsyncGenerator<DeviceEvent, void> {
    if (signal.aborted) return;
    const id = this.#nextId++;
    const replies: Reply[] = [];
    let wake: () => void = () => undefined;
    this.#listeners.set(id, (reply) => {
      replies.push(reply);
      wake();
    });
    signal.addEventListener('abort', () => this.#send({ id: 0, method: 'abort', argument: id }), {
      once: true,
    });
    this.#send({ id, method: 'watch', argument: handle });
    for (;;) {
      const reply = replies.shift();
      if (reply?.error !== undefined) throw fromWire(reply.error);
      if (reply?.done === true) return;
      if (reply === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else yield reply.event as DeviceEvent;
    }
  }

  #send(call: Call): void {
    this.socket.write(`${JSON.stringify(call)}\n`);
  }
}

function fromWire({ name, code, message, retryable = false, detail = {} }: WireError): Error {
  if (code !== undefined) return new PortError(code, { message, retryable, detail });
  return name === 'TypeError' ? new TypeError(message) : new Error(message);
}
