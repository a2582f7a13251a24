import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { Isolates } from '../plugins/isolation/isolates.js';
import { PortError } from '../ports/index.js';
import { hostOfBuiltIn } from './catalogue.js';
import { importPlugin } from './import-plugin.js';
import { findPlugin, type PluginPackage } from './plugin-package.js';
import { refusePlugin } from './plugin-refusal.js';
import type { Config, Isolation, PluginChoice } from './load.js';

/**
 * How much of plugins a command needs: their code, or what their manifests say. Only the service itself and its check run code; the
 * service does without a plugin whose code fails, unless it is required.
 */
export type PluginUse = 'service' | 'code' | 'manifests';

export interface Plugins {
  readonly host: PluginHost;
  /** What became of each name in `plugins.load`. */
  readonly verdicts: readonly PluginVerdict[];
  /** True when every adapter of every plugin is known. */
  readonly isComplete: boolean;
}

export interface PluginVerdict {
  readonly name: string;
  readonly found?: PluginPackage;
  readonly failure?: PortError;
  /** True when it is the code of the plugin that failed, and not what the configuration or its package says. */
  readonly hasRun?: boolean;
}

export interface LoadOptions {
  readonly use: PluginUse;
  readonly setupTimeoutMs: number;
  /** Called with each plugin whose code is about to run in this process. */
  readonly onPlugin?: ((found: PluginPackage) => void) | undefined;
  readonly isolates: Isolates;
}

/**
 * Checks the manifests of all plugins, and only then runs the code of those whose manifest is sound.
 * @throws only the reason of the signal.
 */
export async function loadPlugins(
  chosen: readonly PluginChoice[],
  { use, ...options }: LoadOptions,
  signal: AbortSignal,
): Promise<Plugins> {
  const declared = await hostOfBuiltIn(signal);
  const checked = chosen.map((choice) => checkedBefore(choice, declared, options.isolates));
  if (use === 'manifests') {
    const isComplete = checked.every(({ found }) => found?.manifest !== undefined);
    return { host: declared, verdicts: checked, isComplete };
  }
  const host = await hostOfBuiltIn(signal);
  const verdicts: PluginVerdict[] = [];
  for (const [index, verdict] of checked.entries())
    verdicts.push(
      await setUp(verdict, host, { ...options, signal, isolation: chosen[index]?.isolation ?? 'none' }),
    );
  return { host, verdicts, isComplete: verdicts.every(({ failure }) => failure === undefined) };
}

/** Everything that can be known without running any of a plugin's code. */
function checkedBefore(
  { name, from, where, isolation }: PluginChoice,
  declared: PluginHost,
  isolates: Isolates,
): PluginVerdict {
  try {
    const found = findPlugin(name, from);
    if (isolation !== 'none') isolates.requireIsolable(found, isolation);
    if (found.manifest !== undefined) declare(found, declared);
    return { name, found };
  } catch (cause) {
    if (!(cause instanceof PortError)) throw cause;
    return { name, failure: at(where, cause) };
  }
}

function declare({ name, version, manifest }: PluginPackage, declared: PluginHost): void {
  if (manifest === undefined) return;
  try {
    declared.declare(name, version, manifest);
  } catch (cause) {
    throw refusePlugin(name, `its manifest is invalid: ${(cause as Error).message}`, cause);
  }
}

interface SetUpOptions extends Omit<LoadOptions, 'use'> {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
}

async function setUp(
  verdict: PluginVerdict,
  host: PluginHost,
  { setupTimeoutMs, onPlugin, isolates, isolation, signal }: SetUpOptions,
): Promise<PluginVerdict> {
  const { found, failure } = verdict;
  if (found === undefined || failure !== undefined) return verdict;
  try {
    if (isolation === 'none') onPlugin?.(found);
    const plugin =
      isolation === 'none'
        ? await importPlugin(found, setupTimeoutMs, signal)
        : await isolates.load(found, { mode: isolation, setupTimeoutMs }, signal);
    const { version, module, folder, manifest } = found;
    const options = { version, module, folder, manifest, choice: verdict.name, deadlineMs: setupTimeoutMs };
    await host.load(plugin, options, signal);
    return verdict;
  } catch (cause) {
    if (!(cause instanceof PortError)) throw cause;
    return { ...verdict, failure: cause, hasRun: true };
  }
}

/** Names the line that names the plugin. */
function at(where: string, failure: PortError): PortError {
  const { code, detail, message } = failure;
  return new PortError(code, { cause: failure, detail, message: `${message} (${where})` });
}

export interface LostPlugin {
  /** As the configuration names it. */
  readonly name: string;
  readonly failure: PortError;
}

/** The plugins whose code failed and that the configuration does not require. */
export function dispensable(
  config: Pick<Config, 'get'>,
  { verdicts }: Pick<Plugins, 'verdicts'>,
): readonly LostPlugin[] {
  return verdicts.flatMap(({ name, failure, hasRun }) =>
    failure !== undefined && hasRun === true && !isRequired(config, [name]) ? [{ name, failure }] : [],
  );
}

/** Faults of the configuration: plugins that it requires, isolates or denies something, and does not load. */
export function unknownPlugins(
  config: Pick<Config, 'get'>,
  plugins: Pick<Plugins, 'verdicts' | 'host'>,
  use: PluginUse,
): readonly string[] {
  const entries = plugins.verdicts.map(({ name }) => name);
  const isolated = config.get('plugins.isolation_of') as readonly { readonly plugin: string }[];
  const unknown = isolated.flatMap(({ plugin }, index) =>
    entries.includes(plugin)
      ? []
      : [`plugins.isolation_of[${String(index)}].plugin: plugins.load has no entry "${plugin}"`],
  );
  // What a plugin calls itself is in its code.
  return use === 'manifests' ? unknown : [...unknown, ...unknownRequired(config, plugins)];
}

function unknownRequired(
  config: Pick<Config, 'get'>,
  { verdicts, host }: Pick<Plugins, 'verdicts' | 'host'>,
): readonly string[] {
  const names = new Set([...verdicts, ...host.loaded].map(({ name }) => name));
  // The own name of a plugin that could not be set up is not known.
  if (verdicts.some(({ failure }) => failure !== undefined)) return [];
  const denied = (config.get('plugins.deny') as readonly string[]).map((each) =>
    each.replace(/\/[^/]*$/, ''),
  );
  const required = config.get('plugins.required') as readonly string[];
  return Object.entries({ required, deny: denied }).flatMap(([key, wanted]) =>
    wanted.flatMap((name, index) =>
      names.has(name) || (key === 'deny' && name === '*')
        ? []
        : [`plugins.${key}[${String(index)}]: plugins.load has no plugin "${name}"`],
    ),
  );
}

/** @param names all that a plugin goes by. */
export function isRequired(config: Pick<Config, 'get'>, names: readonly (string | undefined)[]): boolean {
  return (config.get('plugins.required') as readonly string[]).some((each) => names.includes(each));
}
