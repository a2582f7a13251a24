/** What adapters are made with, for an isolated plugin: the end in the isolated plugin. */
import { randomUUID } from 'node:crypto';
import type { AdapterContext } from '../api/index.js';
import { PortError, type Clock, type LogFields, type Logger, type StateStore } from '../../ports/index.js';
import { encodeError, encodeFields } from './codec.js';
import { aheadOfMachine, type ContextData } from './context-data.js';
import type { Exchange } from './context-server.js';
import type { Link } from './link.js';

/** More messages a second are counted instead of sent: a plugin that logs without end must not keep the service busy. */
const MESSAGES_PER_SECOND = 200;

export interface ClientParts {
  readonly link: Link;
  readonly clock: Clock;
  /** Is kept up with what is watched in the state store. */
  readonly watched: Map<string, () => void>;
}

/** @param adapter its number. */
export function contextOf(adapter: number, data: ContextData, parts: ClientParts): AdapterContext {
  const { config, keyPrefix, directories, state } = data;
  const clock = aheadOfMachine(parts.clock, data.aheadMs);
  const store = state === undefined ? undefined : stateStore(adapter, state, parts);
  return {
    config,
    directories,
    clock,
    log: new RemoteLog({ ...parts, clock, adapter, levels: data.levels }),
    keyOf: (option) => `${keyPrefix}${option}`,
    get state() {
      if (store === undefined) throw new TypeError('the state store is created after this adapter');
      return store;
    },
    listeners: NO_LISTENERS,
  };
}

/** Whoever passes its whole context on may have them; whoever uses them is told. */
const NO_LISTENERS: AdapterContext['listeners'] = {
  get api() {
    return noListener();
  },
  get health() {
    return noListener();
  },
};

function noListener(): never {
  const rule = 'the shared HTTP listeners are not available to an isolated plugin';
  const remedy = 'listen on a port of its own, or run the plugin with the isolation none';
  throw new PortError('UNSUPPORTED', { message: `${rule}: ${remedy}`, detail: { remedy } });
}

interface LogParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly adapter: number;
  readonly levels: ContextData['levels'];
}

class RemoteLog implements Logger {
  readonly #parts: LogParts;
  readonly #fields: LogFields;
  readonly #pace: { count: number; began: number };

  constructor(parts: LogParts, fields: LogFields = {}, pace = { count: 0, began: 0 }) {
    this.#parts = parts;
    this.#fields = fields;
    this.#pace = pace;
  }

  debug: Logger['debug'] = (message, fields) => this.#write('debug', message, fields);
  info: Logger['info'] = (message, fields) => this.#write('info', message, fields);
  warn: Logger['warn'] = (message, fields) => this.#write('warn', message, fields);
  error: Logger['error'] = (message, fields) => this.#write('error', message, fields);
  isEnabled: Logger['isEnabled'] = (level) => this.#parts.levels.includes(level);
  child: Logger['child'] = (fields) => new RemoteLog(this.#parts, { ...this.#fields, ...fields }, this.#pace);

  async flush(): Promise<void> {
    await this.#parts.link.call('log.flush', [this.#parts.adapter]);
  }

  #write(level: ContextData['levels'][number], message: string, fields: LogFields = {}): void {
    const { link, adapter, clock } = this.#parts;
    if (!this.isEnabled(level)) return;
    const now = clock.monotonicMs();
    if (now - this.#pace.began > 1_000) {
      const omitted = this.#pace.count - MESSAGES_PER_SECOND;
      Object.assign(this.#pace, { count: 0, began: now });
      if (omitted > 0) link.tell('log', adapter, 'warn', 'messages were omitted', { omitted });
    }
    this.#pace.count += 1;
    if (this.#pace.count > MESSAGES_PER_SECOND) return;
    link.tell('log', adapter, level, String(message), encodeFields({ ...this.#fields, ...fields }));
  }
}

function stateStore(
  adapter: number,
  { name, supports }: Pick<StateStore, 'name' | 'supports'>,
  { link, watched }: ClientParts,
): StateStore {
  const ask = (to: string, ...args: readonly unknown[]): Promise<unknown> =>
    link.call(`state.${to}`, [adapter, ...args]);
  return {
    name,
    supports,
    read: (key) => ask('read', key),
    write: async (key, value) => void (await ask('write', key, value)),
    remove: async (key) => void (await ask('remove', key)),
    keys: async () => (await ask('keys')) as readonly string[],
    stamp: async (key) => (await ask('stamp', key)) as string | undefined,
    update: (key, change) => update(ask, key, change),
    watch: (key, listener) => {
      const id = randomUUID();
      watched.set(id, listener);
      link.tell('state.watch', adapter, id, key);
      return () => {
        watched.delete(id);
        link.tell('state.unwatch', id);
      };
    },
  };
}

/** The change is made here and written there, unless somebody else has written meanwhile: then it is made again. */
async function update(
  ask: (to: string, ...args: readonly unknown[]) => Promise<unknown>,
  key: string,
  change: (document: unknown) => unknown,
): Promise<unknown> {
  for (;;) {
    const before = await ask('read', key);
    const answer = (await ask('exchange', key, changed(before, change))) as {
      readonly isDone: boolean;
      readonly document: unknown;
    };
    if (answer.isDone) return answer.document;
  }
}

function changed(before: unknown, change: (document: unknown) => unknown): Exchange {
  try {
    return { before, after: change(structuredClone(before)) };
  } catch (cause) {
    return { before, error: encodeError(cause) };
  }
}
