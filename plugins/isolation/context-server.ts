/** What adapters are made with, for an isolated plugin: the end in the service. */
import { isDeepStrictEqual } from 'node:util';
import type { AdapterContext } from '../api/index.js';
import type { LogFields, LogLevel, StateStore } from '../../ports/index.js';
import { decodeError, decodeFields, type EncodedError } from './codec.js';
import { LEVELS, machineMs, type ContextData } from './context-data.js';
import type { Answers } from './link.js';

/** A document as the plugin saw it, and what it made of it. */
export interface Exchange {
  readonly before: unknown;
  readonly after?: unknown;
  readonly error?: EncodedError;
}

type Tell = (to: string, ...args: readonly unknown[]) => void;

/** The context as data. The state store and the listeners may not be there yet. */
export function contextData(context: AdapterContext): ContextData {
  const { config, directories, log, clock } = context;
  const levels = LEVELS.filter((level) => log.isEnabled(level));
  const aheadMs = clock.monotonicMs() - machineMs();
  return { config, directories, levels, aheadMs, keyPrefix: context.keyOf(''), ...stateFacts(context) };
}

function stateFacts(context: AdapterContext): Pick<ContextData, 'state'> {
  try {
    const { name, supports } = context.state;
    return { state: { name, supports: { ...supports } } };
  } catch {
    return {};
  }
}

/** The contexts of all adapters of one run of an isolated plugin. */
export class ContextServer {
  readonly #contextOf: (adapter: number) => AdapterContext;
  readonly #tell: Tell;
  readonly #watches = new Map<string, () => void>();

  constructor(contextOf: (adapter: number) => AdapterContext, tell: Tell) {
    this.#contextOf = contextOf;
    this.#tell = tell;
  }

  close(): void {
    for (const end of this.#watches.values()) end();
    this.#watches.clear();
  }

  readonly answers: Answers = {
    calls: {
      'log.flush': ([adapter]) => this.#contextOf(adapter as number).log.flush(),
      'state.read': ([adapter, key]) => this.#state(adapter).read(key as string),
      'state.write': ([adapter, key, value]) => this.#state(adapter).write(key as string, value),
      'state.remove': ([adapter, key]) => this.#state(adapter).remove(key as string),
      'state.keys': ([adapter]) => this.#state(adapter).keys(),
      'state.stamp': ([adapter, key]) => this.#state(adapter).stamp(key as string),
      'state.exchange': ([adapter, key, change]) =>
        exchange(this.#state(adapter), key as string, change as Exchange),
    },
    streams: {},
    tells: {
      log: ([adapter, level, message, fields]) => {
        const { log } = this.#contextOf(adapter as number);
        log[level as LogLevel](String(message), decodeFields(fields as LogFields));
      },
      'state.watch': ([adapter, id, key]) => {
        const changed = (): void => this.#tell('state.changed', id);
        this.#watches.set(id as string, this.#state(adapter).watch(key as string, changed));
      },
      'state.unwatch': ([id]) => {
        this.#watches.get(id as string)?.();
        this.#watches.delete(id as string);
      },
    },
  };

  #state(adapter: unknown): StateStore {
    return this.#contextOf(adapter as number).state;
  }
}

/** @returns whether nobody has changed the document meanwhile, and the document. @throws what `update` throws. */
async function exchange(
  state: StateStore,
  key: string,
  { before, after, error }: Exchange,
): Promise<{ readonly isDone: boolean; readonly document: unknown }> {
  let isDone = false;
  const document = await state.update(key, (current) => {
    if (!isDeepStrictEqual(current, before)) return undefined;
    isDone = true;
    if (error !== undefined) throw decodeError(error);
    return after;
  });
  return { isDone, document };
}
