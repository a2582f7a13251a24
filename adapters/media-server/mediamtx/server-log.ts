/** What the server says, passed on to our log: by level, without secrets, and counted when it repeats itself. */
import type { Clock } from '../../../ports/clock.js';
import type { Logger, LogLevel } from '../../../ports/logger.js';

const WINDOW_MS = 10_000;
const MAX_KINDS = 100;
const MAX_MESSAGE = 500;
const MESSAGE_FIELD = '"message":"';

const LEVELS: Readonly<Record<string, LogLevel>> = { DEB: 'debug', INF: 'debug', WAR: 'warn', ERR: 'warn' };

export interface ServerLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** Structured lines are Go-quoted and not always valid JSON; hooks and panics write plain text. */
export function parseLine(line: string): ServerLine {
  const level = /"level":"([A-Z]{3})"/.exec(line)?.[1] ?? '';
  const quoted = quotedMessage(line);
  const message = quoted === undefined ? line : quoted.replace(/\\(["\\])/g, '$1');
  return { level: LEVELS[level] ?? 'warn', message: withoutSecrets(message).slice(0, MAX_MESSAGE) };
}

/** The message is the last field of its line. */
function quotedMessage(line: string): string | undefined {
  const start = line.indexOf(MESSAGE_FIELD);
  const text = line.trimEnd();
  if (start < 0 || !text.endsWith('"}')) return undefined;
  const from = start + MESSAGE_FIELD.length;
  return from > text.length - 2 ? undefined : text.slice(from, -2);
}

export class ServerLog {
  readonly #kinds = new Map<string, { repeats: number; readonly since: number }>();

  constructor(
    private readonly log: Logger,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  write({ level, message }: ServerLine): void {
    if (!this.log.isEnabled(level)) return;
    const now = this.clock.monotonicMs();
    // Numbers and identifiers differ in what is otherwise the same complaint.
    const kind = `${level} ${message.replace(/[0-9a-f]{8}(-[0-9a-f]{4,}){0,4}|\d+/g, '#')}`;
    const known = this.#kinds.get(kind);
    if (known !== undefined && now - known.since < WINDOW_MS) {
      known.repeats += 1;
      return;
    }
    this.#kinds.delete(kind);
    if (this.#kinds.size >= MAX_KINDS) this.#forgetOldest();
    this.#kinds.set(kind, { repeats: 0, since: now });
    const repeats = known?.repeats ?? 0;
    this.log[level](message, repeats === 0 ? {} : { repeated_before: repeats });
  }

  #forgetOldest(): void {
    const oldest = this.#kinds.keys().next();
    if (oldest.done !== true) this.#kinds.delete(oldest.value);
  }
}

function withoutSecrets(message: string): string {
  return message
    .replace(/\/\/[^/@\s]*@/g, '//***@')
    .replace(/\b(nonce|token|jwt|pass\w*)=[^&\s'"]+/gi, '$1=***');
}
