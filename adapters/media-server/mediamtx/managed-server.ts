/** Our own MediaMTX: written its configuration, spawned, watched, started again when it ends, and stopped. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortError } from '../../../ports/port-error.js';
import { spawnOwned, type OwnedChild } from '../../_shared/child-process.js';
import { readLines } from '../../_shared/lines.js';
import { findBinary } from './find-binary.js';
import { bindFailure, checkListeners } from './listen-check.js';
import type { Settings } from './settings.js';
import { serverConfig } from './server-config.js';
import { parseLine, ServerLog } from './server-log.js';
import { ServerWatch, type WatchDeps } from './server-watch.js';
import { checkVersion } from './state-tracker.js';

const READY_POLL_MS = 25;
/** For a server that did not get ready, or is no longer wanted while it starts. */
const FAILED_GRACE_MS = 1_000;

export class ManagedServer {
  readonly #settings: Settings;
  readonly #deps: WatchDeps;
  readonly #watch: ServerWatch;
  readonly #serverLog: ServerLog;
  readonly #ended = new AbortController();
  #child: OwnedChild | undefined;
  #refusal: Error | undefined;
  #supervision: Promise<void> | undefined;

  constructor(settings: Settings, deps: WatchDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#watch = new ServerWatch(deps);
    this.#serverLog = new ServerLog(deps.log, deps.clock);
  }

  /** @throws PortError ADDRESS_IN_USE or OPTION_INVALID when the first attempt shows what no retry can mend. */
  async start(authUrl: string, signal: AbortSignal): Promise<void> {
    await checkListeners(this.#settings);
    const first = await this.#attempt(authUrl, AbortSignal.any([signal, this.#ended.signal]));
    signal.throwIfAborted();
    if (isPortError(first, 'OPTION_INVALID') || isPortError(first, 'ADDRESS_IN_USE')) throw first;
    this.#supervision = this.#supervise(authUrl, first);
  }

  /** Something hints that the server may be gone. */
  hurry(): void {
    this.#watch.hurry();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#ended.abort();
    await this.#child?.stopUntil(signal);
    await this.#supervision;
    // An attempt that was under way may have had its child after the first look.
    await this.#child?.stopUntil(signal);
    await rm(this.#configFile, { force: true });
  }

  get #configFile(): string {
    return join(this.#settings.runDir, 'mediamtx.yml');
  }

  /** Starts the program and waits until it answers. @returns why it does not, or nothing. */
  async #attempt(authUrl: string, signal: AbortSignal): Promise<Error | undefined> {
    this.#refusal = undefined;
    try {
      const command = await findBinary(this.#settings.binary);
      // Written while nothing runs: the server reloads a changed file and forgets what the API told it.
      await rm(this.#configFile, { force: true });
      await writeFile(this.#configFile, serverConfig(this.#settings, authUrl), { mode: 0o600, flag: 'wx' });
      signal.throwIfAborted();
      this.#child = await this.#spawn(command);
      await this.#untilReady(this.#child, signal);
      return undefined;
    } catch (error) {
      // Nothing records yet.
      await this.#child?.stop(FAILED_GRACE_MS);
      this.#child = undefined;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #spawn(command: string): Promise<OwnedChild> {
    const { runDir } = this.#settings;
    const onLine = (line: string): void => {
      const parsed = parseLine(line);
      this.#refusal ??= bindFailure(parsed.message, this.#settings);
      this.#serverLog.write(parsed);
    };
    const args = [this.#configFile];
    const child = await spawnOwned({ label: 'mediamtx', command, args, runDir, cwd: runDir, onLine });
    if (child.process.stdout !== null) readLines(child.process.stdout, onLine);
    return child;
  }

  async #untilReady(child: OwnedChild, signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#deps;
    const gone = new AbortController();
    void child.exited.then(() => gone.abort());
    const until = AbortSignal.any([signal, gone.signal]);
    const deadline = clock.monotonicMs() + this.#settings.timing.startMs;
    while (!until.aborted && clock.monotonicMs() < deadline) {
      const info = await api.info(until).catch(() => undefined);
      if (info !== undefined) {
        checkVersion(info);
        await this.#watch.look(until);
        return;
      }
      await clock.sleep(READY_POLL_MS, until).catch(() => undefined);
    }
    signal.throwIfAborted();
    throw (
      this.#refusal ??
      new Error(gone.signal.aborted ? 'MediaMTX exited immediately' : 'MediaMTX did not become ready')
    );
  }

  async #supervise(authUrl: string, first: Error | undefined): Promise<void> {
    const { clock, tracker, log } = this.#deps;
    const { restartMinMs, restartMaxMs, stableMs } = this.#settings.timing;
    const signal = this.#ended.signal;
    let pauseMs = restartMinMs;
    let problem = first;
    while (!signal.aborted) {
      if (problem === undefined) {
        const since = clock.monotonicMs();
        problem = await this.#untilEnded(signal);
        if (signal.aborted) break;
        if (clock.monotonicMs() - since >= stableMs) pauseMs = restartMinMs;
      }
      log.warn('the media server is down and will be restarted', {
        reason: problem.message,
        in_ms: pauseMs,
      });
      tracker.down(`${problem.message}; restarting in ${pauseMs / 1000} s`);
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted) break;
      pauseMs = Math.min(pauseMs * 2, restartMaxMs);
      tracker.starting();
      problem = await this.#attempt(authUrl, signal);
      if (problem === undefined) log.info('the media server is running again');
    }
  }

  /** @returns why it ended. */
  async #untilEnded(signal: AbortSignal): Promise<Error> {
    const child = this.#child;
    if (child === undefined) return new Error('MediaMTX is not running');
    const { pollMs, hungMs } = this.#settings.timing;
    const over = new AbortController();
    void child.exited.then(() => over.abort());
    if (await this.#watch.run(pollMs, hungMs, AbortSignal.any([signal, over.signal]))) {
      await child.stop(0);
      return new Error('MediaMTX did not respond and was killed');
    }
    if (signal.aborted) return new Error('stopped');
    const { code, signal: killedBy } = await child.exited;
    this.#child = undefined;
    return new Error(
      killedBy === null ? `MediaMTX exited with code ${code}` : `MediaMTX was terminated by ${killedBy}`,
    );
  }
}
