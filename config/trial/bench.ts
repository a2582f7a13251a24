/** The place where adapters of a plugin are made and tried, one by one, without a service around them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import type { AdapterContext, Directories, PortMap, PortName } from '../../plugins/api/index.js';
import { requireAdapter } from '../../plugins/guard/guard-adapter.js';
import { isPortError, type Lifecycle, type OptionSchema } from '../../ports/index.js';
import type { OptionSection } from '../../plugins/host/offer.js';
import type { LoadedConfig } from '../runtime.js';
import { Failed, NotApplicable, words } from './row.js';
import { sampleOf } from './samples.js';
import { settled } from './wait.js';

const MAKE_WITHIN_MS = 10_000;
/** Everything that was made is stopped at the end, and not waited for any longer. */
const CLEAR_WITHIN_MS = 10_000;
const FOLDERS = ['state', 'recordings', 'snapshots', 'run', 'logs'] as const;

export type Options = Readonly<Record<string, unknown>>;
/** An adapter of any port. */
export type AnyAdapter = Readonly<Record<string, unknown>> &
  Partial<Lifecycle<readonly unknown[]>> & { readonly name: string };

export class Bench {
  readonly port: PortName;
  readonly name: string;
  readonly folder: string;
  readonly #config: LoadedConfig;
  readonly #made: AnyAdapter[] = [];
  #shared: Promise<Pick<AdapterContext, 'state' | 'listeners'>> | undefined;

  constructor(config: LoadedConfig, port: PortName, name: string) {
    this.port = port;
    this.name = name;
    this.#config = config;
    this.folder = mkdtempSync(join(tmpdir(), 'camera-service-check-'));
    for (const each of FOLDERS) mkdirSync(join(this.folder, each));
  }

  get schema(): OptionSchema | undefined {
    return this.#section?.schema;
  }

  /** What the user has set, completed by defaults and, where one is required, by something that keeps to its schema. */
  options(): Options {
    const section = this.#section;
    return section === undefined ? {} : { ...this.#config.section(section.name), ...this.#invented() };
  }

  /** The options that are made up, as the command line takes them. @throws NotApplicable for one that cannot be. */
  samples(): Readonly<Record<string, string>> {
    const name = this.#section?.name ?? '';
    return Object.fromEntries(
      Object.entries(this.#invented()).map(([option, value]) => [
        `${name}.${option}`,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
  }

  get #section(): OptionSection | undefined {
    return this.#config.host.adapters.sectionsOf(this.port, this.name)[0];
  }

  #invented(): Options {
    const section = this.#section;
    if (section === undefined) return {};
    const given = this.#config.section(section.name);
    const { properties = {}, required = [] } = section.schema;
    const samples = Object.entries(properties).flatMap(([option, schema]) => {
      if (!required.includes(option) || (given[option] ?? undefined) !== undefined) return [];
      const value = sampleOf(option, schema, this.folder);
      if (value === undefined)
        throw new NotApplicable(`needs its option ${option}: pass --set ${section.name}.${option}=VALUE`);
      return [[option, value] as const];
    });
    return Object.fromEntries(samples);
  }

  /**
   * Makes an adapter, which is stopped when the bench is cleared.
   * @throws Failed for something that is none; NotApplicable where the adapter refuses options that nobody has set.
   */
  async make(): Promise<AnyAdapter> {
    try {
      return await this.makeWith(this.options());
    } catch (cause) {
      if (!isPortError(cause)) throw cause;
      throw new NotApplicable(`cannot be made here: ${words(cause)}; set its options with --set`);
    }
  }

  /** @throws Failed; PortError as the factory does. */
  async makeWith(options: Options): Promise<AnyAdapter> {
    const context = await this.#context(options);
    const create = (): Promise<unknown> => this.#config.host.adapters.create(this.port, this.name, context);
    const outcome = await settled(create, 'create', MAKE_WITHIN_MS);
    if (outcome.state === 'rejected') {
      if (isPortError(outcome.cause)) throw outcome.cause;
      throw new Failed(`create threw ${words(outcome.cause)}; it must throw a PortError`);
    }
    try {
      requireAdapter(this.port, outcome.value);
    } catch (cause) {
      throw new Failed(words(cause));
    }
    const adapter = outcome.value as AnyAdapter;
    this.#made.push(adapter);
    return adapter;
  }

  /** Stops what was made, and removes its folders. @throws Failed when something cannot be stopped. */
  async clear(): Promise<void> {
    try {
      for (const adapter of this.#made.splice(0)) {
        const stop = (): unknown => adapter.stop?.(AbortSignal.abort(new Error('the time is used up')));
        const outcome = await settled(stop, 'the stop at the end', CLEAR_WITHIN_MS);
        if (outcome.state === 'rejected')
          throw new Failed(`the stop at the end rejected with ${words(outcome.cause)}`);
      }
    } finally {
      this.remove();
    }
  }

  /** Removes its folders only. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #context(config: Options): Promise<AdapterContext> {
    this.#shared ??= this.#share();
    const directories = Object.fromEntries(
      FOLDERS.map((each) => [each, join(this.folder, each)]),
    ) as unknown as Directories;
    return {
      config,
      keyOf: (option) => `${this.port}/${this.name}.${option}`,
      directories,
      clock: createSystemClock(),
      log: createMemoryLogger(),
      ...(await this.#shared),
    };
  }

  async #share(): Promise<Pick<AdapterContext, 'state' | 'listeners'>> {
    const { adapters } = this.#config.host;
    // These memory adapters take nothing of their context.
    const none = {} as AdapterContext;
    const listener = async (): Promise<PortMap['HttpListener']> => {
      const made = await adapters.create('HttpListener', 'memory', none);
      await made.start(new AbortController().signal);
      return made;
    };
    return {
      state: await adapters.create('StateStore', 'memory', none),
      listeners: { api: await listener(), health: await listener() },
    };
  }
}
