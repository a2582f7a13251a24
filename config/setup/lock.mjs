/** One set-up at a time. The lock is an abstract socket: the kernel takes it back when its owner ends, however it ends. */
import { createHash } from 'node:crypto';
import net from 'node:net';
import os from 'node:os';

/**
 * Runs `work` while nobody else on this machine runs anything under the same name and user.
 * @template T
 * @param {{ name: string, onWait?: () => void, waitMs?: number }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock({ name, onWait, waitMs = 900_000 }, work) {
  const address = `\0camera-service-${os.userInfo().uid}-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
  const deadline = performance.now() + waitMs;
  let server = await tryToOwn(address);
  if (server === undefined) onWait?.();
  while (server === undefined) {
    const left = deadline - performance.now();
    if (left <= 0) throw new Error(`another setup has been running for ${waitMs / 1000} s: ${name}`);
    await ownerGone(address, left);
    server = await tryToOwn(address);
  }
  try {
    return await work();
  } finally {
    server.release();
  }
}

/**
 * @param {string} address
 * @returns {Promise<{ release(): void } | undefined>} undefined when somebody else has it
 */
function tryToOwn(address) {
  return new Promise((resolve, reject) => {
    /** @type {Set<net.Socket>} */
    const waiting = new Set();
    const server = net.createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => waiting.delete(socket));
    });
    const release = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve({ release }));
  });
}

/**
 * Resolves when the owner closes the connection or after `ms`.
 * @param {string} address
 * @param {number} ms
 * @returns {Promise<void>}
 */
function ownerGone(address, ms) {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    const timer = setTimeout(() => socket.destroy(), ms);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
  });
}
