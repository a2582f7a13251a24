import { PortError } from '../../ports/index.js';
import type { AdapterContext, AdapterFactory, PortMap, PortName } from '../api/index.js';

interface Registration {
  readonly plugin: string;
  readonly factory: AdapterFactory<PortName>;
}

/** Which adapters the loaded plugins offer, by port and name. */
export class AdapterRegistry {
  readonly #byPort = new Map<PortName, Map<string, Registration>>();

  /** @throws TypeError when another plugin has taken the name. */
  add<P extends PortName>(
    port: P,
    name: string,
    registration: { readonly plugin: string; readonly factory: AdapterFactory<P> },
  ): void {
    const offered = this.#byPort.get(port) ?? new Map<string, Registration>();
    const other = offered.get(name);
    if (other)
      throw new TypeError(
        `${port} "${name}" of plugin ${registration.plugin} is already provided by ${other.plugin}`,
      );
    offered.set(name, registration);
    this.#byPort.set(port, offered);
  }

  /** Names that configuration can choose for a port, sorted. */
  available(port: PortName): readonly string[] {
    return [...(this.#byPort.get(port)?.keys() ?? [])].sort();
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
   * is not installed; or what the adapter's factory throws.
   */
  async create<P extends PortName>(port: P, name: string, context: AdapterContext): Promise<PortMap[P]> {
    const registration = this.#byPort.get(port)?.get(name);
    if (!registration) throw unknownAdapter(port, name, this.available(port));
    try {
      return (await registration.factory(context)) as PortMap[P];
    } catch (cause) {
      throw missingPackage(cause) ?? cause;
    }
  }
}

function unknownAdapter(port: PortName, name: string, available: readonly string[]): PortError {
  const option = optionOf(port);
  const message = `${option}: there is no ${port} adapter called "${name}"; available: ${available.join(', ') || 'none'}`;
  return new PortError('OPTION_INVALID', { message, detail: { option, rule: 'one_of', available } });
}

/** The configuration key that chooses the adapters of a port: `MediaServer` is chosen by `adapters.media_server`. */
export function optionOf(port: PortName): string {
  return `adapters.${port.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()}`;
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
