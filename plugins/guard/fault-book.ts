import type { Logger } from '../../ports/index.js';

/** An adapter of a plugin, for messages. */
export interface AdapterName {
  readonly plugin: string;
  /** `Port/name`. */
  readonly adapter: string;
}

/** What is wrong with a plugin now. */
export interface PluginFault {
  /** `down`: nothing of it works. `degraded`: some of it does not, or did something that it must not do. */
  readonly state: 'ok' | 'degraded' | 'down';
  readonly reason?: string;
}

/** @param fault absent when there is nothing to be said of the plugin any more. */
type Listener = (plugin: string, fault: PluginFault | undefined) => void;

/** Longest text about one fault: plugins write it. */
const MAX_WORDS = 300;
/** Faults of one plugin that are told at a time. */
const MAX_TOLD = 5;

/** What plugins have done wrong, until they do the same thing right. Bounded by the number of adapters and their methods. */
export class FaultBook {
  readonly #log: Logger;
  readonly #faults = new Map<string, Map<string, string>>();
  readonly #down = new Set<string>();
  /** What plugins say of themselves. */
  readonly #notes = new Map<string, PluginFault>();
  #listener: Listener = () => undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Tells everything that is known now and each change from here on. */
  follow(listener: Listener): void {
    this.#listener = listener;
    for (const plugin of new Set([...this.#faults.keys(), ...this.#down, ...this.#notes.keys()]))
      this.#tell(plugin);
  }

  /** @param subject what failed, such as `Transport/mqtt.start`; the next fault of it takes the place of this one. */
  raise(plugin: string, subject: string, cause: unknown): void {
    const reason = wordsOf(cause);
    const faults = this.#faults.get(plugin) ?? new Map<string, string>();
    this.#faults.set(plugin, faults);
    if (faults.get(subject) === reason) return;
    faults.set(subject, reason);
    this.#log.error('a plugin is not working correctly', { plugin, subject, reason, cause });
    this.#tell(plugin);
  }

  /** The plugin could not be loaded: nothing of it is there. */
  lost(plugin: string, cause: unknown): void {
    this.#down.add(plugin);
    this.raise(plugin, '', cause);
  }

  /** What had failed went well. */
  clear(plugin: string, subject: string): void {
    if (this.#faults.get(plugin)?.delete(subject) === true) this.#tell(plugin);
  }

  /** What a plugin says of itself, which stands beside its faults. */
  note(plugin: string, { state, reason }: PluginFault): void {
    const words = reason === undefined ? {} : { reason: wordsOf(reason) };
    this.#notes.set(plugin, { state, ...words });
    this.#tell(plugin);
  }

  /**
   * Forgets what a plugin said and the faults of these subjects. The plugin itself is forgotten when nothing is left.
   * @param subjects absent: whatever it has done wrong.
   */
  forget(plugin: string, subjects?: Iterable<string>): void {
    const faults = this.#faults.get(plugin);
    if (subjects === undefined) faults?.clear();
    for (const subject of subjects ?? []) faults?.delete(subject);
    this.#notes.delete(plugin);
    if (faults !== undefined && faults.size > 0) {
      this.#tell(plugin);
      return;
    }
    this.#faults.delete(plugin);
    this.#down.delete(plugin);
    this.#listener(plugin, undefined);
  }

  #tell(plugin: string): void {
    this.#listener(plugin, this.of(plugin));
  }

  /** What is wrong with a plugin now. */
  of(plugin: string): PluginFault {
    const faults = [...(this.#faults.get(plugin) ?? [])];
    const own = this.#notes.get(plugin) ?? { state: 'ok' };
    if (faults.length === 0) return own;
    const told = faults.slice(0, MAX_TOLD).map(([subject, reason]) => `${subject} ${reason}`.trim());
    const more = faults.length > MAX_TOLD ? [`and ${String(faults.length - MAX_TOLD)} more`] : [];
    const said = own.state === 'ok' ? [] : [own.reason ?? own.state];
    const state = this.#down.has(plugin) || own.state === 'down' ? 'down' : 'degraded';
    return { state, reason: [...told, ...more, ...said].join('; ') };
  }
}

/** The message of whatever was thrown, without control characters. */
export function wordsOf(cause: unknown): string {
  let words: string;
  try {
    words = cause instanceof Error ? cause.message : String(cause);
  } catch {
    words = 'a value that cannot be displayed';
  }
  // eslint-disable-next-line no-control-regex -- they are what is taken out
  return words.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MAX_WORDS);
}
