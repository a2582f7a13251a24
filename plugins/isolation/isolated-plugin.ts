/** A plugin in a thread or process of its own, which is started again when it ends. */
import { Backoff } from '../../core/lifecycle/backoff.js';
import {
  PLUGIN_API_VERSION,
  type AdapterContext,
  type Plugin,
  type PluginContext,
  type RunContext,
} from '../api/index.js';
import type { Clock } from '../../ports/index.js';
import { wordsOf, type FaultBook } from '../guard/fault-book.js';
import { LEVELS, machineMs } from './context-data.js';
import { PluginRun } from './plugin-run.js';
import type { IsolatedPort } from './ports-table.js';
import { RemoteAdapters } from './remote-adapters.js';
import type { LoadRequest } from './runner.js';
import type { IsolationMode, Shell } from './shell.js';

const RESTART_FIRST_MS = 1_000;
const RESTART_MAX_MS = 60_000;
/** After that long without trouble it is sound again, for health and for the pause before the next start. */
const HEALTHY_MS = 30_000;
/** What was up is up again within this time, or the start has failed. */
const REINSTATE_MS = 10_000;
/** It waits a second for what is about to end. */
const LEFT_MS = 3_000;

export interface IsolatedPluginOptions {
  readonly mode: IsolationMode;
  readonly request: LoadRequest;
  readonly memoryBytes: number;
  readonly clock: Clock;
  /** Starts what it runs in. */
  readonly open: () => Promise<Shell>;
  /** Called with each that has ended, to clear up what it left. */
  readonly onGone: (shell: Shell) => void;
}

export class IsolatedPlugin {
  readonly #options: IsolatedPluginOptions;
  readonly #backoff = new Backoff({
    firstMs: RESTART_FIRST_MS,
    maxMs: RESTART_MAX_MS,
    healthyAfterMs: HEALTHY_MS,
  });
  readonly #closing = new AbortController();
  readonly #adapters: RemoteAdapters;
  readonly #waiting = new Set<(run: PluginRun) => void>();
  #plugin = '';
  #run: PluginRun | undefined;
  #why = 'has not been started';
  /** How often it has ended since it was sound. */
  #ends = 0;
  #runContext: RunContext | undefined;
  #faults: FaultBook | undefined;

  constructor(options: IsolatedPluginOptions) {
    this.#options = options;
    this.#adapters = new RemoteAdapters(
      () => this.#run,
      () => this.#up(),
    );
  }

  /** Starts it. @returns what stands for the plugin in the service. @throws what the plugin throws, or why it was not loaded. */
  async load(signal: AbortSignal): Promise<Plugin> {
    this.#use(await this.#start(signal));
    return {
      name: this.#plugin,
      apiVersion: PLUGIN_API_VERSION,
      setup: (context) => this.#offer(context),
    };
  }

  /** Where its faults are told from here on, and what is wrong already. */
  follow(faults: FaultBook): void {
    this.#faults = faults;
    if (this.#run === undefined) this.#fault(this.#why);
  }

  get name(): string {
    return this.#plugin;
  }

  /** What it has left open, once its adapters have stopped; nothing of one that does not run or does not answer. */
  async left(): Promise<readonly string[]> {
    const asked = this.#run?.call('what it has left open', 'left', [], AbortSignal.timeout(LEFT_MS));
    return ((await asked?.catch(() => undefined)) ?? []) as readonly string[];
  }

  /** Ends it for good. Resolves when it is gone, or cannot be ended. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the plugin is being unloaded'));
    const run = this.#run;
    this.#run = undefined;
    this.#why = 'has been ended';
    this.#faults?.clear(this.#plugin, this.#subject());
    await run?.kill('has been ended');
  }

  #offer(context: PluginContext): void {
    for (const { port, name, ...declared } of this.#options.request.manifest.provides)
      context.provide(port, name, {
        ...declared,
        create: async (given) => {
          const wanted = { port: port as IsolatedPort, name, context: given };
          return await this.#adapters.create(await this.#runForNext(), wanted);
        },
        inspect: async (config) =>
          (await this.#up().call(`${port}/${name}.inspect`, 'inspect', [port, name, config])) as never,
      });
    context.beforeRun((run) => this.#prepare(run));
  }

  /** What a plugin wants done before the run is no reason for the service not to run. */
  async #prepare(context: RunContext): Promise<void> {
    this.#runContext = context;
    const { directories, signal } = context;
    const data = { config: {}, keyPrefix: '', directories, levels: LEVELS };
    const aheadMs = this.#options.clock.monotonicMs() - machineMs();
    try {
      await this.#up().call('its work before the run', 'prepare', [{ ...data, aheadMs }], signal);
    } catch (cause) {
      signal.throwIfAborted();
      this.#faults?.raise(this.#plugin, 'its work before the run', cause);
    }
  }

  /** One adapter that has ended a run is no fault of the next one; that waits for the next run, unless it is the plugin itself. */
  async #runForNext(): Promise<PluginRun> {
    if (this.#run !== undefined || this.#ends > 1) return this.#up();
    return await new Promise((resolve) => this.#waiting.add(resolve));
  }

  #up(): PluginRun {
    if (this.#run === undefined) throw new Error(`its ${this.#options.mode} ${this.#why}`);
    return this.#run;
  }

  async #start(signal: AbortSignal): Promise<PluginRun> {
    const run = new PluginRun(await this.#options.open(), this.#options, {
      contextOf: (adapter) => this.#contextOf(adapter),
      mirrors: (adapter, mirrors) => this.#adapters.mirror(adapter, mirrors),
      fault: (adapter, method, cause) => {
        const subject = this.#adapters.nameOf(adapter, method);
        this.#faults?.raise(this.#plugin, subject, `threw: ${wordsOf(cause)}`);
      },
    });
    void run.shell.ended.then(() => this.#options.onGone(run.shell));
    try {
      this.#plugin = await run.load(this.#options.request, signal);
      signal.throwIfAborted();
      return run;
    } catch (cause) {
      await run.kill('could not be started');
      throw cause;
    }
  }

  #contextOf(adapter: number): AdapterContext {
    const context = this.#adapters.contextOf(adapter) ?? this.#runContext;
    if (context === undefined) throw new TypeError('there is no such adapter');
    return context as AdapterContext;
  }

  #use(run: PluginRun): void {
    this.#run = run;
    void run.ended.then((why) => {
      if (this.#run !== run) return;
      this.#run = undefined;
      this.#ends += 1;
      void this.#startAgain(why, this.#options.clock.monotonicMs() - run.startedMs);
    });
    for (const resolve of this.#waiting) resolve(run);
    this.#waiting.clear();
  }

  async #startAgain(first: string, ranForMs: number): Promise<void> {
    const { signal } = this.#closing;
    const { clock } = this.#options;
    for (let [why, ranMs] = [first, ranForMs]; !signal.aborted; ranMs = 0) {
      const pauseMs = this.#backoff.next(ranMs);
      this.#fault(`${why}; it is started again in ${String(pauseMs / 1_000)} s`);
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#resume();
        return;
      } catch (cause) {
        why = `could not be started again: ${wordsOf(cause)}`;
      }
    }
  }

  /** Starts it, with everything that was up before. */
  async #resume(): Promise<void> {
    const { clock } = this.#options;
    const run = await this.#start(this.#closing.signal);
    const inTime = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(REINSTATE_MS)]);
    try {
      await this.#adapters.resume(run, inTime);
      this.#closing.signal.throwIfAborted();
    } catch (cause) {
      await run.kill('could not be started again');
      throw cause;
    }
    this.#use(run);
    clock.after(HEALTHY_MS, () => {
      if (this.#run !== run) return;
      this.#ends = 0;
      this.#faults?.clear(this.#plugin, this.#subject());
    });
  }

  #fault(why: string): void {
    this.#why = why;
    this.#faults?.raise(this.#plugin, this.#subject(), why);
  }

  /** Everything that it provides ends with it. */
  #subject(): string {
    const provided = this.#options.request.manifest.provides.map(({ port, name }) => `${port}/${name}`);
    return `the ${this.#options.mode} of ${provided.join(', ')}`;
  }
}
