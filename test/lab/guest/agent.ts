/**
 * The hands of the test process inside the guest: a small HTTP server.
 *
 *   POST /exec   {argv, cwd, env, timeoutMs}   run; JSON lines {out} {err}, at last {code, signal}
 *   POST /spawn  {argv, cwd, env, stays}       start in the background: {id, pid}
 *   GET  /proc?id=                             state and newest output of a spawned process
 *   POST /kill   {id, signal}                  signal its process group
 *   POST /wait   {path|port, gone, timeoutMs}  until a file is there (or gone), or a loopback port answers: {ok}
 *   GET  /file?path=    PUT /file?path=        copy a file out or in
 *   GET  /stat?path=                           {bornMs, changedMs, nowMs}, on the guest's clock
 *   POST /reset                                unplug every camera, end every process but those that stay, empty /run/lab
 *   Upgrade: usbip /usbip?port=                this very connection becomes a high-speed USB device of the guest
 *
 * It never opens a camera and never waits for USB in a synchronous call: it stays answerable while devices come and go.
 */
import fs from 'node:fs';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net from 'node:net';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { background, exec, forgetEnded, kill, pidsToEnd, state } from './processes.js';
import type { Order } from './processes.js';

const VHCI = '/sys/devices/platform/vhci_hcd.0';
const SCRATCH = '/run/lab';
const POLL_MS = 10;
const HIGH_SPEED = 3;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function wait({ path, port, gone = false, timeoutMs = 10_000 }: Order): Promise<unknown> {
  const deadline = performance.now() + timeoutMs;
  const isThere = async (): Promise<boolean> =>
    path === undefined ? portAnswers(port ?? 0) : fs.existsSync(path);
  while ((await isThere()) === gone) {
    if (performance.now() > deadline) return { ok: false };
    await sleep(POLL_MS);
  }
  return { ok: true };
}

/** The occupied ports of the virtual hub. Status 4 is free, 5 "assigned", 6 "used". */
function usedPorts(): readonly number[] {
  const rows = fs.readFileSync(`${VHCI}/status`, 'utf8').split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  return fields.filter((f) => f.length > 4 && Number(f[2]) > 4).map((f) => Number(f[1]));
}

const usbDevices = (): readonly string[] =>
  fs.readdirSync('/sys/bus/usb/devices').filter((name) => /^\d+-\d+$/.test(name));

async function reset(): Promise<unknown> {
  for (const port of usedPorts())
    await fs.promises.writeFile(`${VHCI}/detach`, String(port)).catch(() => undefined);
  for (let pids = pidsToEnd(); pids.length > 0 || usbDevices().length > 0; pids = pidsToEnd()) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    await sleep(POLL_MS);
  }
  forgetEnded();
  for (const name of fs.readdirSync(SCRATCH)) fs.rmSync(`${SCRATCH}/${name}`, { recursive: true });
  return {};
}

const posts: Readonly<Record<string, (order: Order) => unknown>> = {
  '/spawn': background,
  '/kill': kill,
  '/wait': wait,
  '/reset': reset,
};

async function readOrder(request: IncomingMessage): Promise<Order> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Order;
}

async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const path = url.searchParams.get('path') ?? '';
  if (url.pathname === '/file' && request.method === 'PUT') {
    await pipeline(request, fs.createWriteStream(path));
    response.end();
  } else if (url.pathname === '/file') {
    response.setHeader('content-length', fs.statSync(path).size);
    await pipeline(fs.createReadStream(path), response);
  } else if (url.pathname === '/stat') {
    const { birthtimeMs, mtimeMs } = fs.statSync(path);
    response.end(JSON.stringify({ bornMs: birthtimeMs, changedMs: mtimeMs, nowMs: Date.now() }));
  } else if (url.pathname === '/proc') {
    response.end(JSON.stringify(state(Number(url.searchParams.get('id')))));
  } else if (url.pathname === '/exec') {
    await exec(await readOrder(request), response);
  } else {
    response.end(JSON.stringify(await posts[url.pathname]?.(await readOrder(request))));
  }
}

const server = http.createServer((request, response) => {
  answer(request, response, new URL(request.url ?? '/', 'http://guest')).catch((error: unknown) => {
    if (!response.headersSent) response.writeHead(500);
    response.end(JSON.stringify({ error: String(error) }));
  });
});

/** The descriptor of a connection. Node keeps it to itself; Node 20 has it here. */
function descriptorOf(socket: Socket): { readStop(): void; readonly fd: number } {
  return (socket as unknown as { readonly _handle: { readStop(): void; readonly fd: number } })._handle;
}

// USB/IP: the kernel is the client and speaks first, so that nothing can arrive between our answer and the hand-over.
server.on('upgrade', (request, duplex) => {
  const socket = duplex as Socket;
  const port = Number(new URL(request.url ?? '/', 'http://guest').searchParams.get('port'));
  socket.on('error', () => undefined);
  socket.setNoDelay(true);
  if (usedPorts().includes(port)) {
    socket.end('HTTP/1.1 409 Port in use\r\n\r\n');
    return;
  }
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: usbip\r\n\r\n', () => {
    // In one turn of the event loop: stop reading, give the kernel its own reference to the socket, drop ours.
    const handle = descriptorOf(socket);
    handle.readStop();
    const words = [port, handle.fd, (1 << 16) | (port + 2), HIGH_SPEED];
    try {
      fs.writeFileSync(`${VHCI}/attach`, words.join(' '));
    } catch (error) {
      console.log(`LAB: attach ${String(port)}: ${String(error)}`);
    }
    socket.destroy();
  });
});

server.keepAliveTimeout = 600_000;
while (!fs.existsSync(`${VHCI}/status`) || !fs.existsSync('/sys/bus/usb/drivers/uvcvideo'))
  await sleep(POLL_MS);
server.listen(Number(process.argv[2]), '0.0.0.0', () => console.log('LAB: agent ready'));
