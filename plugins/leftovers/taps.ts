/**
 * Sees what the code of this process opens: by the channels on which Node tells of it, and by wrapping the functions of which Node
 * does not tell. Costs nothing while nobody listens, because nothing is wrapped then.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type dgram from 'node:dgram';
import fs from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import timers from 'node:timers';
import type { ChildProcess } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import { isSameFile } from './descriptors.js';
import { framesAbove, type Frame } from './frames.js';

export type ResourceKind =
  | 'server'
  | 'connection'
  | 'UDP socket'
  | 'timer'
  | 'process'
  | 'thread'
  | 'open file'
  | 'file watch'
  | 'process listener';

/** Something that was opened. */
export interface Resource {
  readonly kind: ResourceKind;
  /** Whether it still is. */
  readonly isOpen: () => boolean;
}

/**
 * Called with the stack of whoever opens something, the nearest frame first.
 * @returns what is to be told of what is opened; `undefined` when it is of no interest.
 */
export type Interest = (frames: readonly Frame[]) => ((resource: Resource) => void) | undefined;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Members = Record<string, unknown>;
type Wrap = (original: AnyFunction, interest: (unless?: RegExp) => ReturnType<Interest>) => AnyFunction;

/** @returns what takes everything back. */
export function tapProcess(interest: Interest): () => void {
  const undo = [...channels(interest), listenersOfProcess(interest), ...wraps(interest)];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}

/** The connections of HTTP agents and of `fetch` are kept for the next request, and end by themselves. */
const POOL = /^node:(?:_http_agent|internal\/deps\/undici\/)/;

/** https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#built-in-channels */
function channels(interest: Interest): (() => void)[] {
  const follow = (name: string, resourceOf: (message: never) => Resource): (() => void) => {
    const listener = (message: unknown): void => {
      const frames = framesAbove(listener);
      if (!through(frames, POOL)) interest(frames)?.(resourceOf(message as never));
    };
    subscribe(name, listener);
    return () => void unsubscribe(name, listener);
  };
  return [
    follow('child_process', ({ process: child }: { process: ChildProcess }) => ({
      kind: 'process',
      isOpen: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    })),
    follow('worker_threads', ({ worker }: { worker: Worker }) => ({
      kind: 'thread',
      isOpen: () => worker.threadId !== -1,
    })),
    follow('udp.socket', ({ socket }: { socket: dgram.Socket }) => ({
      kind: 'UDP socket',
      isOpen: () => isBound(socket),
    })),
    follow('net.client.socket', ({ socket }: { socket: net.Socket }) => ({
      kind: 'connection',
      isOpen: () => !socket.destroyed,
    })),
  ];
}

function through(frames: readonly Frame[], module: RegExp): boolean {
  return frames.some(({ file }) => module.test(file));
}

/** One that is not bound has no descriptor yet. */
function isBound(socket: dgram.Socket): boolean {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
}

function listenersOfProcess(interest: Interest): () => void {
  const added = (event: string | symbol, listener: (...args: unknown[]) => void): void =>
    interest(framesAbove(added))?.({
      kind: 'process listener',
      isOpen: () => process.listeners(event as NodeJS.Signals).includes(listener),
    });
  process.on('newListener', added);
  return () => void process.off('newListener', added);
}

function wraps(interest: Interest): (() => void)[] {
  const timer = announcing((made) => {
    const timeout = made as { readonly _destroyed?: boolean };
    return { kind: 'timer', isOpen: () => timeout._destroyed === false };
  });
  const watch = announcing((made) => {
    const watcher = made as fs.FSWatcher;
    let isOpen = true;
    watcher.once('close', () => (isOpen = false));
    return { kind: 'file watch', isOpen: () => isOpen };
  });
  const listen = announcing((made) => {
    const server = made as net.Server;
    return { kind: 'server', isOpen: () => server.listening };
  });
  const stream = announcing((made) => {
    const file = made as { readonly fd: number | null; readonly closed: boolean };
    return { kind: 'open file', isOpen: () => file.fd !== null && !file.closed };
  });
  const openSync = announcing((made) => fileOf(made as number));
  const wrapped: readonly (readonly [object, string, Wrap])[] = [
    ...[globalThis, timers].flatMap((each) =>
      ['setTimeout', 'setInterval'].map((name) => [each, name, timer] as const),
    ),
    [net.Server.prototype, 'listen', listen],
    [fs, 'watch', watch],
    [fs, 'createReadStream', stream],
    [fs, 'createWriteStream', stream],
    [fs, 'openSync', openSync],
    [fs, 'open', openByCallback],
    [fsPromises, 'open', openByPromise],
  ];
  return wrapped.map(([target, name, wrap]) => replace(target as Members, name, { wrap, interest }));
}

/** A stream opens its file a little later, when nobody who has made it is on the stack any more: it has been told of already. */
const STREAMS = /^node:internal\/fs\/streams$/;

function replace(
  target: Members,
  name: string,
  { wrap, interest }: { readonly wrap: Wrap; readonly interest: Interest },
): () => void {
  const original = target[name] as AnyFunction;
  const wrapped = wrap(original, (unless) => {
    const frames = framesAbove(wrapped);
    return unless !== undefined && through(frames, unless) ? undefined : interest(frames);
  });
  // `util.promisify` finds its variant there.
  Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
  target[name] = wrapped;
  return () => {
    if (target[name] === wrapped) target[name] = original;
  };
}

function announcing(resourceOf: (made: unknown) => Resource): Wrap {
  return (original, interest) =>
    function (this: unknown, ...args) {
      const tell = interest();
      const made = Reflect.apply(original, this, args);
      tell?.(resourceOf(made));
      return made;
    };
}

const openByCallback: Wrap = (original, interest) =>
  function (this: unknown, ...args) {
    const done = args.at(-1);
    const tell = typeof done === 'function' ? interest(STREAMS) : undefined;
    if (tell === undefined) return Reflect.apply(original, this, args);
    const told = (error: unknown, descriptor: number): void => {
      if (!error) tell(fileOf(descriptor));
      (done as AnyFunction)(error, descriptor);
    };
    return Reflect.apply(original, this, [...args.slice(0, -1), told]);
  };

const openByPromise: Wrap = (original, interest) =>
  function (this: unknown, ...args) {
    const tell = interest();
    const opening = Reflect.apply(original, this, args) as Promise<FileHandle>;
    if (tell === undefined) return opening;
    return opening.then((handle) => {
      const held = new WeakRef(handle);
      // A handle that is collected is closed with it.
      tell({ kind: 'open file', isOpen: () => (held.deref()?.fd ?? -1) !== -1 });
      return handle;
    });
  };

function fileOf(descriptor: number): Resource {
  const isSame = isSameFile(descriptor);
  return { kind: 'open file', isOpen: isSame };
}
