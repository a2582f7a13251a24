import { isPortError, PortError } from '../../ports/index.js';
import type { AdapterContext, AdapterOffer, OptionFault, PortMap, PortName } from '../api/index.js';
import type { Provision } from './manifest.js';
import { faultOfOffer, sectionsOf, type OptionSection } from './offer.js';

type AnyOffer = AdapterOffer<PortName, unknown>;

interface Registration {
  readonly plugin: string;
  readonly offer: AnyOffer;
  /** Known from a manifest only: no code has been run, and nothing can be made. */
  readonly isDeclared: boolean;
  readonly sections: readonly OptionSection[];
}

interface Addition<P extends PortName, T> {
  readonly plugin: string;
  /** Its factory alone will do. */
  readonly offer: AdapterOffer<P, T> | AdapterOffer<P, T>['create'];
  readonly isDeclared?: boolean;
}

/** Which adapters the loaded plugins offer, by port and name. */
export class AdapterRegistry {
  readonly #byPort = new Map<PortName, Map<string, Registration>>();
  readonly #reserved: readonly string[];

  /** @param reserved sections of the configuration that no plugin can have. */
  constructor(reserved: readonly string[] = []) {
    this.#reserved = reserved;
  }

  /** @throws TypeError when the offer is not sound, or another plugin has taken the name or the section. */
  add<P extends PortName, T>(
    port: P,
    name: string,
    { plugin, offer: given, isDeclared = false }: Addition<P, T>,
  ): void {
    const offer = typeof given === 'function' ? { create: given } : given;
    const fault = faultOfOffer(port, name, offer);
    if (fault !== undefined) throw new TypeError(`${port} "${name}": ${fault}`);
    const offered = this.#byPort.get(port) ?? new Map<string, Registration>();
    const other = offered.get(name);
    if (other)
      throw new TypeError(`${port} "${name}" of plugin ${plugin} is already provided by ${other.plugin}`);
    const sections = sectionsOf(port, name, offer);
    for (const section of sections) {
      const owner = this.#ownerOf(section.name);
      if (owner !== undefined)
        throw new TypeError(`${port} "${name}": the section ${section.name} already belongs to ${owner}`);
    }
    offered.set(name, { plugin, offer, sections, isDeclared });
    this.#byPort.set(port, offered);
  }

  /** Adds what a manifest says, without the code that would make it. @throws as `add`. */
  declare(plugin: string, { port, name, ...rest }: Provision): void {
    const create = (): never => {
      throw new PortError('UNSUPPORTED', {
        message: `${port}/${name} belongs to the plugin ${plugin}, and this command does not execute plugin code`,
      });
    };
    this.add(port, name, { plugin, offer: { ...rest, create }, isDeclared: true });
  }

  /** Offers from here on what another registry offers. */
  take(other: AdapterRegistry): void {
    const all = [...other.#byPort].map(([port, offered]) => [port, new Map(offered)] as const);
    this.#byPort.clear();
    for (const [port, offered] of all) this.#byPort.set(port, offered);
  }

  /** Forgets what a plugin has offered. */
  remove(plugin: string): void {
    for (const offered of this.#byPort.values())
      for (const [name, registration] of offered) if (registration.plugin === plugin) offered.delete(name);
  }

  /** Whether an adapter is known from a manifest only. */
  isDeclared(port: PortName, name: string): boolean {
    return this.#byPort.get(port)?.get(name)?.isDeclared === true;
  }

  /** The plugin that provides an adapter. */
  pluginOf(port: PortName, name: string): string | undefined {
    return this.#byPort.get(port)?.get(name)?.plugin;
  }

  /** What all plugins, or one, have declared, as a manifest has it. */
  provisions(plugin?: string): readonly Provision[] {
    return [...this.#byPort].flatMap(([port, offered]) =>
      [...offered].flatMap(([name, { plugin: owner, offer }]) =>
        plugin === undefined || owner === plugin ? [provisionOf(port, name, offer)] : [],
      ),
    );
  }

  /** Names that configuration can choose for a port, sorted. */
  available(port: PortName): readonly string[] {
    return [...(this.#byPort.get(port)?.keys() ?? [])].sort();
  }

  /** All adapters, as `Port/name`, sorted. */
  names(): readonly string[] {
    return [...this.#byPort]
      .flatMap(([port, offered]) => [...offered.keys()].map((name) => `${port}/${name}`))
      .sort();
  }

  /** The options of all adapters, in the order in which they were offered. */
  sections(): readonly OptionSection[] {
    return [...this.#byPort.values()].flatMap((offered) =>
      [...offered.values()].flatMap((one) => one.sections),
    );
  }

  /** The sections of one adapter; none when it takes no options. */
  sectionsOf(port: PortName, name: string): readonly OptionSection[] {
    return this.#byPort.get(port)?.get(name)?.sections ?? [];
  }

  /** What single options cannot tell: the adapter's own check of all of them. */
  check(port: PortName, name: string, config: unknown): ReturnType<NonNullable<AnyOffer['check']>> {
    return this.#byPort.get(port)?.get(name)?.offer.check?.(config) ?? [];
  }

  /** What only the machine can tell about the options of an adapter. */
  async inspect(port: PortName, name: string, config: unknown): Promise<readonly OptionFault[]> {
    return (await this.#byPort.get(port)?.get(name)?.offer.inspect?.(config)) ?? [];
  }

  /** What each plugin provides, as `Port/name`. */
  provides(plugin: string): readonly string[] {
    return [...this.#byPort].flatMap(([port, offered]) =>
      [...offered]
        .filter(([, registration]) => registration.plugin === plugin)
        .map(([name]) => `${port}/${name}`),
    );
  }

  /**
   * Makes the adapter that configuration chose.
   * @throws PortError `OPTION_INVALID` for a name that nobody provides, saying what there is; `TOOL_MISSING` for one whose package
   * is not installed; or what the adapter's factory throws, its options named as the user has them.
   */
  async create<P extends PortName>(port: P, name: string, context: AdapterContext): Promise<PortMap[P]> {
    const registration = this.#byPort.get(port)?.get(name);
    if (!registration) throw unknownAdapter(port, name, this.available(port));
    try {
      return likeDeclared(registration, (await registration.offer.create(context)) as PortMap[P]);
    } catch (cause) {
      throw (
        missingPackage(cause) ??
        namingTheKey(cause, registration, { adapter: `${port}/${name}`, keyOf: context.keyOf }) ??
        cause
      );
    }
  }

  #ownerOf(section: string): string | undefined {
    if (this.#reserved.includes(section)) return 'the service';
    const found = this.sections().find(({ name }) => name === section);
    return found && `${found.port} "${found.adapter}"`;
  }
}

/** The documentation, and whoever chose the adapter, go by the kinds that it declares. */
function likeDeclared<T extends object>({ plugin, offer }: Registration, adapter: T): T {
  const { kinds } = (adapter as { supports?: { kinds?: unknown } } | undefined)?.supports ?? {};
  if (offer.kinds === undefined || !Array.isArray(kinds)) return adapter;
  const [said, found] = [offer.kinds, kinds.map(String)].map((words) => [...words].sort().join(', '));
  if (said === found) return adapter;
  const message = `plugin ${plugin}: an adapter declares the kinds ${said ?? ''} and supports ${found ?? ''}`;
  throw new PortError('OPTION_INVALID', { message, detail: { option: 'plugins.load', rule: message } });
}

function provisionOf(port: PortName, name: string, offer: AnyOffer): Provision {
  const { kinds, section, options, sections } = offer;
  return {
    port,
    name,
    ...(kinds === undefined ? {} : { kinds }),
    ...(section === undefined ? {} : { section }),
    ...(options === undefined ? {} : { options }),
    ...(sections === undefined ? {} : { sections }),
  };
}

export function unknownAdapter(port: PortName, name: string, available: readonly string[]): PortError {
  const option = optionOf(port);
  const message = `${option}: there is no ${port} adapter called "${name}"; available: ${available.join(', ') || 'none'}`;
  return new PortError('OPTION_INVALID', { message, detail: { option, rule: 'one_of', available } });
}

/** The configuration key that chooses the adapters of a port: `MediaServer` is chosen by `adapters.media_server`. */
export function optionOf(port: PortName): string {
  return `adapters.${port.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()}`;
}

/** An adapter knows its options by its own words; the user has to find them in the configuration, and to know who refuses them. */
function namingTheKey(
  cause: unknown,
  { sections }: Registration,
  { adapter, keyOf }: { readonly adapter: string; readonly keyOf: AdapterContext['keyOf'] },
): PortError | undefined {
  if (!isPortError(cause, 'OPTION_INVALID')) return undefined;
  // An error of a plugin's own make may lack the facts.
  const detail = (cause as Partial<PortError>).detail ?? {};
  const { option, rule } = detail;
  const refuse = (message: string, facts: object): PortError =>
    new PortError('OPTION_INVALID', { cause, message, detail: { ...detail, adapter, ...facts } });
  if (typeof option !== 'string' || typeof rule !== 'string')
    return refuse(`${adapter}: ${cause.message}`, { option: adapter });
  const name = option.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const [field = ''] = name.split(/[.[]/);
  const section = sections.find(({ schema }) => Object.hasOwn(schema.properties ?? {}, field));
  const words = /^must |^may |^is |^not /.test(rule) ? rule : `must be ${rule}`;
  if (section === undefined)
    return cause.message.includes(option)
      ? refuse(withAdapter(cause.message, adapter), {})
      : refuse(withAdapter(`${option}: ${words}`, adapter), {});
  const key = keyOf(name);
  if (cause.message.includes(key)) return undefined;
  return refuse(section.isListed ? withAdapter(`${key}: ${words}`, adapter) : `${key}: ${words}`, {
    option: key,
  });
}

function withAdapter(message: string, adapter: string): string {
  return message.includes(adapter) ? message : `${adapter}: ${message}`;
}

function missingPackage(cause: unknown): PortError | undefined {
  if (!(cause instanceof Error) || (cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND')
    return undefined;
  const name = /Cannot find package '([^']+)'/.exec(cause.message)?.[1] ?? 'a package';
  return new PortError('TOOL_MISSING', {
    cause,
    message: `${name} is not installed`,
    detail: { tool: name, remedy: `npm install ${name}` },
  });
}
