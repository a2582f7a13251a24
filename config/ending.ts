import { constants } from 'node:os';
import type { Logger } from '../ports/index.js';

/** What the ending needs of the process. */
export interface ProcessParts {
  on(event: NodeJS.Signals, listener: (name: NodeJS.Signals) => void): unknown;
  /** Listeners of the set-up, which ran in the same process before. */
  listeners(event: NodeJS.Signals): unknown[];
  off(event: NodeJS.Signals, listener: (...args: unknown[]) => void): unknown;
  /** Ends at once. */
  exit(code: number): void;
  /** Whether a file descriptor is a terminal that has not been closed. */
  isTerminal(descriptor: number): boolean;
  /** For what is to be told before there is a log. */
  err(text: string): void;
}

/** Every signal that ends a process and leaves it the time to end in order. SIGPROF is the profiler's. */
const ENDING: readonly NodeJS.Signals[] = [
  ...(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPWR'] as const),
  ...(['SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGSTKFLT'] as const),
];
/** Signals that mean something to other programs. Unheeded they would end this one without its children, or open its debugger. */
const IGNORED: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2'];

/** npm passes on what the terminal or a supervisor has sent to everybody already: so soon it is the same signal. */
const ECHO_MS = 250;
/** For commands, and for the service before it has read how long it may take. */
const USUAL_LIMIT_MS = 10_000;
const EXIT_FAILURE = 1;
const EXIT_PIPE_CLOSED = 128 + constants.signals.SIGPIPE;

/**
 * Why and how the process ends. The first reason asks for an orderly end; a second signal does not wait for it, and neither does
 * the time limit.
 */
export class Ending {
  readonly #process: ProcessParts;
  readonly #stopping = new AbortController();
  /** Which of the standard streams were a terminal at the start. */
  readonly #terminals: readonly number[];
  #first: { readonly name: NodeJS.Signals | ''; readonly at: number } | undefined;
  #exitCode: number | undefined;
  #limitMs = USUAL_LIMIT_MS;
  #limit: NodeJS.Timeout | undefined;
  #log: Logger | undefined;
  #blame: (cause: unknown) => boolean = () => false;

  constructor(parts: ProcessParts) {
    this.#process = parts;
    this.#terminals = [0, 1, 2].filter((descriptor) => parts.isTerminal(descriptor));
  }

  /** Aborts when the process is asked to end; the reason says why. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The exit code that the reason asks for, or `undefined` for that of the work itself. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Takes all signals over, from the set-up too. */
  listen(): void {
    const take = (name: NodeJS.Signals, listener: (name: NodeJS.Signals) => void): void => {
      const before = this.#process.listeners(name);
      this.#process.on(name, listener);
      for (const each of before) this.#process.off(name, each as () => void);
    };
    for (const name of ENDING) take(name, (given) => this.#asked(given));
    for (const name of IGNORED) take(name, (given) => this.#ignored(given));
    take('SIGHUP', (given) => this.#hangUp(given));
  }

  /** From here on what happens to the process is told to the log of the service. */
  tellTo(log: Logger): void {
    this.#log = log;
  }

  /** How long an orderly end may take; then the process ends all the same, and its children with it. */
  allow(limitMs: number): void {
    this.#limitMs = limitMs;
    if (this.#limit !== undefined) this.#arm();
  }

  /** @param blame is asked about each error that nobody caught, and takes it upon itself when it is not the service's own. */
  blameOn(blame: (cause: unknown) => boolean): void {
    this.#blame = blame;
  }

  /** Whether a plugin is behind it, which is then held against the plugin. */
  isPluginsDoing(cause: unknown): boolean {
    return this.#blame(cause);
  }

  /**
   * An error that nobody caught. One of a plugin costs the plugin. With one of our own what goes on is unknown, so the process ends;
   * in order, because recordings are open.
   */
  failed(cause: unknown): void {
    if (this.isPluginsDoing(cause)) return;
    const message = 'uncaught error: the process ends';
    if (this.#log) this.#log.error(message, { cause });
    else this.#process.err(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    this.#end('', 'an internal error', EXIT_FAILURE);
  }

  /** Standard output or standard error cannot be written to any more. */
  outputLost(cause: NodeJS.ErrnoException): void {
    if (cause.code === 'EPIPE') this.#end('', 'the output is no longer read', EXIT_PIPE_CLOSED);
    else if (this.#isTerminalGone()) this.#end('SIGHUP', 'the terminal was closed');
    else if (cause.code !== 'EAGAIN')
      this.#end('', `the output failed (${String(cause.code)})`, EXIT_FAILURE);
  }

  #asked(name: NodeJS.Signals): void {
    const { at = 0, name: before } = this.#first ?? {};
    if (this.#first === undefined) this.#end(name, name);
    else if (before !== name || performance.now() - at >= ECHO_MS)
      this.#process.exit(128 + constants.signals[name]);
  }

  #ignored(name: NodeJS.Signals): void {
    this.#tell(`${name} has no function in this service and is ignored`);
  }

  /** Sent by a terminal that closes, and to services for another reason: to have them read their configuration again. */
  #hangUp(name: NodeJS.Signals): void {
    if (this.#first !== undefined) return;
    if (this.#isTerminalGone()) this.#end(name, 'the terminal was closed');
    else this.#tell('SIGHUP is ignored: the configuration is read only at startup');
  }

  /** The kernel closes a terminal before it sends the signal. */
  #isTerminalGone(): boolean {
    return this.#terminals.some((descriptor) => !this.#process.isTerminal(descriptor));
  }

  #end(name: NodeJS.Signals | '', reason: string, exitCode?: number): void {
    if (this.#first !== undefined) return;
    this.#first = { name, at: performance.now() };
    this.#exitCode = exitCode;
    this.#arm();
    this.#stopping.abort(new Error(reason));
  }

  #arm(): void {
    clearTimeout(this.#limit);
    // It keeps the process alive: when the stop of one part waits for nothing that can happen, the others are to be stopped all the same.
    this.#limit = setTimeout(() => {
      this.#process.exit(this.#exitCode ?? EXIT_FAILURE);
    }, this.#limitMs);
  }

  #tell(message: string): void {
    if (this.#log) this.#log.warn(message);
    else this.#process.err(`camera-service: ${message}`);
  }
}
