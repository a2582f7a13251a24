/** The load generator's process: takes jobs from its parent, one at a time. */
import { connect } from 'node:net';
import { percentile } from '../table.js';
import type { CallsJob, FetchJob, Job, JobResult, ListenJob } from './jobs.js';
import { clientFrame, openRawSocket, type RawSocket } from './raw-socket.js';

const now = (): number => performance.timeOrigin + performance.now();
const PAUSE_MS = 20;

process.on('message', (job: Job) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});

function run(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'calls':
      return runCalls(job);
    case 'listen':
      return runListen(job);
    case 'fetch':
      return runFetch(job);
  }
}

async function openAll({ port, path, sockets, prelude }: CallsJob | ListenJob): Promise<RawSocket[]> {
  const opened: RawSocket[] = [];
  for (let count = 0; count < sockets; count += 1) {
    const socket = await openRawSocket(port, path);
    for (const text of prelude) {
      const answer = (await socket.ask(text)).toString();
      if (answer.includes('"error"')) throw new Error(`refused: ${answer.slice(0, 200)}`);
    }
    opened.push(socket);
  }
  return opened;
}

async function runCalls(job: CallsJob): Promise<JobResult> {
  const sockets = await openAll(job);
  const frame = clientFrame(job.message);
  const from = now() + job.warmUpMs;
  const until = from + job.durationMs;
  const times: number[] = [];
  let messageBytes = 0;
  let sample = '';
  const asked = sockets.map((socket) => ask(socket));
  await Promise.all(asked);
  if (sample.includes('"error"')) throw new Error(`calls fail: ${sample.slice(0, 200)}`);
  for (const socket of sockets) socket.close();
  return { count: times.length, elapsedMs: job.durationMs, messageBytes, ...spread(times) };

  function ask(socket: RawSocket): Promise<void> {
    return new Promise((resolve) => {
      let sentAt = now();
      socket.onMessage = (payload) => {
        const at = now();
        if (at >= from && at < until) times.push(at - sentAt);
        if (at >= until) {
          messageBytes = payload.length;
          sample = payload.toString();
          return resolve();
        }
        sentAt = at;
        socket.send(frame);
      };
      socket.send(frame);
    });
  }
}

async function runListen(job: ListenJob): Promise<JobResult> {
  const sockets = await openAll(job);
  process.send?.('ready');
  const trigger = clientFrame(job.trigger);
  const times: number[] = [];
  let messageBytes = 0;
  const began = now();
  for (let round = 0; round < job.rounds; round += 1) {
    const { lastAt, text } = await hearAll(sockets, job, () => sockets[0]?.send(trigger));
    messageBytes = Buffer.byteLength(text);
    times.push(lastAt - sentAt(text, job.sentAt));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const elapsedMs = now() - began;
  for (const socket of sockets) socket.close();
  return { count: times.length, elapsedMs, messageBytes, ...spread(times) };
}

/** Resolves when every socket has heard one event. */
function hearAll(
  sockets: readonly RawSocket[],
  { sentAt: field }: ListenJob,
  start: () => void,
): Promise<{ readonly lastAt: number; readonly text: string }> {
  const mark = Buffer.from(`"${field}":`);
  return new Promise((resolve) => {
    let left = sockets.length;
    for (const socket of sockets) {
      socket.onMessage = (payload) => {
        // Only the first socket also hears the answer to its call.
        if (socket === sockets[0] && (!payload.includes(mark) || payload.includes('"id":'))) return;
        left -= 1;
        if (left === 0) resolve({ lastAt: now(), text: payload.toString() });
      };
    }
    start();
  });
}

function sentAt(text: string, field: 't' | 'timestamp'): number {
  const value = new RegExp(`"${field}":"?([^",}]+)`).exec(text)?.[1] ?? '';
  return field === 't' ? Number(value) : Date.parse(value);
}

function runFetch({ port, path, headers }: FetchJob): Promise<JobResult> {
  const request = [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '\r\n'];
  return new Promise((resolve, reject) => {
    const began = now();
    let count = 0;
    let head = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request.join('\r\n')));
    socket.on('data', (chunk) => {
      if (head === '') head = chunk.toString('latin1', 0, chunk.indexOf('\r\n'));
      count += chunk.length;
    });
    socket.once('error', reject);
    socket.once('close', () => {
      const elapsedMs = now() - began;
      if (!head.includes(' 200 ')) return reject(new Error(`refused: ${head}`));
      resolve({ count, elapsedMs, messageBytes: count, ...spread([elapsedMs]) });
    });
  });
}

function spread(times: readonly number[]): Pick<JobResult, 'p50Ms' | 'p95Ms' | 'worstMs'> {
  return {
    p50Ms: percentile(times, 50),
    p95Ms: percentile(times, 95),
    worstMs: times.reduce((most, one) => Math.max(most, one), 0),
  };
}
