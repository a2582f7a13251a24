/**
 * The adapters under test, inside the guest, driven over a connection: one JSON object a line. `serve <port>`, or
 * `hold <node>`, which streams from a camera as another program would, or `disconnect <node>`, which makes a vivid one vanish.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import net from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createV4l2Probe } from '../../../adapters/camera-probe/v4l2/v4l2-probe.js';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { CaptureStream, setFormat } from '../../../adapters/frame-grabber/v4l2/capture-stream.js';
import { createV4l2Grabber } from '../../../adapters/frame-grabber/v4l2/v4l2-grabber.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { V4l2Device } from '../../../adapters/_shared/v4l2/device.js';
import { NEXT_CONTROL, SIZE, textAt } from '../../../adapters/_shared/v4l2/layout.js';
import { loadLibc } from '../../../adapters/_shared/v4l2/libc.js';
import type { DeviceEventSource, SourceDescriptor } from '../../../ports/device-event-source.js';
import type { GrabRequest } from '../../../ports/frame-grabber.js';
import { isPortError } from '../../../ports/port-error.js';
import type { Call, ControlSetting, MadeSource, Reply, SourceSpec, WireError } from '../host/wire.js';
import { makeSource } from './plugin-source.js';

const clock = createSystemClock();
const log = createMemoryLogger();
const sources = new Map<number, DeviceEventSource>();

/** What the adapters logged since the last call. */
function takeLog(): readonly string[] {
  const lines = log
    .lines()
    .map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`);
  log.clear();
  return lines;
}

/** Camera nodes that this process has open. */
function openNodes(): number {
  const target = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  };
  return readdirSync('/proc/self/fd').filter((fd) => target(fd).startsWith('/dev/video')).length;
}

async function run(call: Call, signal: AbortSignal, tell: (event: unknown) => void): Promise<unknown> {
  switch (call.method) {
    case 'probe':
      return createV4l2Probe().probe(call.argument as SourceDescriptor, signal);
    case 'requireFree':
      await createV4l2Probe().requireFree?.(call.argument as SourceDescriptor, signal);
      return null;
    case 'grab': {
      const frame = await createV4l2Grabber({ timeoutMs: 20_000 }, { clock }).grab(
        call.argument as GrabRequest,
        signal,
      );
      const ageMs = clock.now() - frame.capturedAt;
      return { ...frame, jpeg: Buffer.from(frame.jpeg).toString('base64'), ageMs };
    }
    case 'source': {
      const source = await makeSource(call.argument as SourceSpec, log);
      sources.set(call.id, source);
      return { handle: call.id, name: source.name, supports: source.supports } satisfies MadeSource;
    }
    case 'watch':
      for await (const event of sources.get(Number(call.argument))?.watch(signal) ?? []) tell(event);
      return null;
    case 'control':
      await setControl(call.argument as ControlSetting);
      return null;
    case 'log':
      return takeLog();
    default:
      return null;
  }
}

function toWire(error: unknown): WireError {
  if (!isPortError(error))
    return error instanceof Error ? { name: error.name, message: error.message } : { message: String(error) };
  const { code, message, retryable, detail } = error;
  return { code, message, retryable, detail };
}

function serve(socket: Socket): void {
  const aborts = new Map<number, AbortController>();
  const say = (reply: Reply): void => void socket.write(`${JSON.stringify(reply)}\n`);
  const answer = async (call: Call): Promise<void> => {
    const abort = new AbortController();
    aborts.set(call.id, abort);
    try {
      const result = await run(call, abort.signal, (event) => say({ id: call.id, event }));
      say({ id: call.id, done: true, result, openNodes: openNodes() });
    } catch (error) {
      say({ id: call.id, done: true, error: toWire(error), openNodes: openNodes() });
    } finally {
      aborts.delete(call.id);
    }
  };
  socket.on('error', () => undefined);
  socket.on('close', () => {
    for (const abort of aborts.values()) abort.abort();
  });
  createInterface({ input: socket }).on('line', (line) => {
    const call = JSON.parse(line) as Call;
    if (call.method === 'abort') aborts.get(Number(call.argument))?.abort(new Error('aborted'));
    else void answer(call);
  });
}

async function hold(path: string): Promise<void> {
  const device = await V4l2Device.open(path);
  await setFormat(device, { pixelFormat: 'MJPG', width: 320, height: 240, fps: 15 });
  const stream = new CaptureStream(device, clock);
  await stream.start();
  await stream.next(new AbortController().signal);
  console.log('held');
  for (;;) await stream.next(new AbortController().signal);
}

/** Sets a control by its name, as `v4l2-ctl` would. */
async function setControl({ node, name, value }: ControlSetting): Promise<void> {
  const S_CTRL = 0xc008561c;
  const libc = await loadLibc();
  const handle = await open(node, 'r+');
  const device = await V4l2Device.open(node);
  try {
    const query = Buffer.alloc(SIZE.queryExtCtrl);
    do {
      query.writeUInt32LE((query.readUInt32LE(0) | NEXT_CONTROL) >>> 0, 0);
      device.ask('QUERY_EXT_CTRL', query);
    } while (textAt(query, 8, 32) !== name);
    const order = Buffer.alloc(8);
    order.writeUInt32LE(query.readUInt32LE(0), 0);
    order.writeInt32LE(value, 4);
    const { value: answer, errno } = libc.ioctl(handle.fd, S_CTRL, order);
    if (answer < 0) throw new Error(`S_CTRL: errno ${String(errno)}`);
  } finally {
    await device.close();
    await handle.close();
  }
}

/** Makes vivid answer ENODEV without an event, for as long as this program runs: its last user takes it back. */
async function disconnect(node: string): Promise<void> {
  const keeper = await open(node, 'r+');
  await setControl({ node, name: 'Disconnect', value: 1 });
  console.log('disconnected');
  await clock.sleep(3_600_000);
  await keeper.close();
}

const [what, argument = ''] = process.argv.slice(2);
if (what === 'hold') await hold(argument);
else if (what === 'disconnect') await disconnect(argument);
else net.createServer(serve).listen(Number(argument), '127.0.0.1');
