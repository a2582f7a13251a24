/** One life of the thread or process in which a plugin is isolated: loaded, watched, and ended when it misbehaves. */
import type { AdapterContext } from '../api/index.js';
import type { CancelTimer, Clock } from '../../ports/index.js';
import { wordsOf } from '../guard/fault-book.js';
import { decodeError, type EncodedError } from './codec.js';
import { ContextServer } from './context-server.js';
import { EndpointServer } from './endpoint-server.js';
import { Link, type Answers } from './link.js';
import type { Mirrors } from './ports-table.js';
import type { LoadRequest } from './runner.js';
import { MIB, tooMuchMemory, type IsolationMode, type Shell } from './shell.js';

/** The runner itself must be up within this time, on a machine that has just been started too. */
const READY_MS = 30_000;
/** What loading may take beyond what the module and the setup of a plugin may take. */
const LOAD_SPARE_MS = 1_000;
const PING_MS = 1_000;
/** Pings without an answer after which it is taken for hung. Counted, not timed: a service that was suspended blames nobody. */
const MAX_MISSED = 5;
/** What Node itself occupies beside the heap. */
const RESIDENT_SPARE_BYTES = 128 * MIB;
/** A thread that is in native code does not end when it is told to, and is not waited for. */
const KILL_MS = 2_000;

export interface RunOptions {
  readonly mode: IsolationMode;
  readonly clock: Clock;
  readonly memoryBytes: number;
}

/** What a run tells about its adapters, by their numbers. */
export interface RunListener {
  contextOf(adapter: number): AdapterContext;
  mirrors(adapter: number, mirrors: Mirrors): void;
  fault(adapter: number, method: string, cause: unknown): void;
}

export class PluginRun {
  readonly link: Link;
  readonly endpoints: EndpointServer;
  readonly startedMs: number;
  readonly shell: Shell;
  /** Resolves when it is over, with the reason as a part of a sentence. */
  readonly ended: Promise<string>;
  readonly #options: RunOptions;
  readonly #underWay = new Map<object, string>();
  readonly #ready: Promise<void>;
  #tellReady: () => void = () => undefined;
  #tellKilled: (why: string) => void = () => undefined;
  #lastWords: string | undefined;
  #cancel: CancelTimer = () => undefined;

  constructor(shell: Shell, options: RunOptions, listener: RunListener) {
    const { clock } = options;
    this.shell = shell;
    this.#options = options;
    this.startedMs = clock.monotonicMs();
    this.#ready = new Promise((resolve) => (this.#tellReady = resolve));
    const killed = new Promise<string>((resolve) => (this.#tellKilled = resolve));
    const tell = (to: string, ...args: readonly unknown[]): void => this.link.tell(to, ...args);
    this.endpoints = new EndpointServer(tell);
    const contexts = new ContextServer((adapter) => listener.contextOf(adapter), tell);
    this.link = new Link(shell.channel, this.#answers(listener, contexts));
    this.ended = Promise.race([killed, shell.ended]).then((why) => {
      const reason = `${this.#lastWords ?? why}${this.#while()}`;
      this.#cancel();
      this.link.end(new Error(`its ${options.mode} ${reason}`));
      this.endpoints.close();
      contexts.close();
      return reason;
    });
  }

  /** @returns the plugin's own name. @throws what the loading throws, or why it did not come to an end. */
  async load(request: LoadRequest, signal: AbortSignal): Promise<string> {
    const { clock } = this.#options;
    const limitMs = 2 * request.setupTimeoutMs + LOAD_SPARE_MS;
    const gone = this.ended.then((why): never => {
      throw new Error(`its ${this.#options.mode} ${why}`);
    });
    gone.catch(() => undefined);
    await Promise.race([this.#ready, gone, late(clock, READY_MS, 'was not up')]);
    const loading = this.link.call('load', [request], signal) as Promise<string>;
    const name = await Promise.race([loading, gone, late(clock, limitMs, 'did not finish loading')]);
    this.#beat();
    return name;
  }

  /** A call into the plugin. @param what is called, for messages. */
  async call(what: string, to: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const key = {};
    this.#underWay.set(key, what);
    try {
      return await this.link.call(to, args, signal);
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** Ends it, whatever it does. Resolves when it is gone, or cannot be ended. */
  async kill(why: string): Promise<void> {
    this.#tellKilled(why);
    this.shell.kill();
    const { clock } = this.#options;
    await Promise.race([this.shell.ended, new Promise<void>((resolve) => clock.after(KILL_MS, resolve))]);
  }

  #answers(listener: RunListener, contexts: ContextServer): Answers {
    const { answers } = this.endpoints;
    return {
      fault: (to, cause) => listener.fault(0, to, cause),
      calls: { ...answers.calls, ...contexts.answers.calls },
      streams: answers.streams,
      tells: {
        ...answers.tells,
        ...contexts.answers.tells,
        ready: () => this.#tellReady(),
        mirrors: ([adapter, mirrors]) => listener.mirrors(adapter as number, mirrors as Mirrors),
        fault: ([adapter, method, cause]) =>
          listener.fault(adapter as number, String(method), decodeError(cause as EncodedError)),
        uncaught: ([cause]) =>
          (this.#lastWords ??= `left an error uncaught: ${wordsOf(decodeError(cause as EncodedError))}`),
      },
    };
  }

  #while(): string {
    const [first, ...more] = new Set(this.#underWay.values());
    if (first === undefined) return '';
    return ` during ${first}${more.length === 0 ? '' : ` and ${String(more.length)} other calls`}`;
  }

  #beat(): void {
    let missed = 0;
    let isAnswered = true;
    const tick = (): void => {
      missed = isAnswered ? 0 : missed + 1;
      if (missed >= MAX_MISSED)
        return void this.kill(`did not respond for ${String((MAX_MISSED * PING_MS) / 1_000)} s`);
      if (isAnswered) {
        isAnswered = false;
        this.link.call('ping', [this.endpoints.reports()]).then(
          () => (isAnswered = true),
          () => undefined,
        );
      }
      void this.#weigh();
      this.#cancel = this.#options.clock.after(PING_MS, tick);
    };
    this.#cancel = this.#options.clock.after(PING_MS, tick);
  }

  async #weigh(): Promise<void> {
    const { memoryBytes } = this.#options;
    const bytes = (await this.shell.residentBytes()) ?? 0;
    if (bytes > memoryBytes + RESIDENT_SPARE_BYTES) await this.kill(tooMuchMemory(memoryBytes));
  }
}

function late(clock: Clock, limitMs: number, what: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    clock.after(limitMs, () => reject(new Error(`${what} within ${String(limitMs)} ms`)));
  });
}
