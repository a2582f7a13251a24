export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Structured data of a message. Values are plain data; an `Error` under `cause` or `error` is logged with its code and
 * causes. Secrets must not be logged; as a safeguard, adapters redact known names (`token`, `password`, `secret`, `authorization`,
 * `api_key`, credentials inside URLs) at any depth.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log messages for the people who operate the service. Never throws and never blocks the caller. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether messages of this level are written. Check it before computing expensive `debug` fields. */
  isEnabled(level: LogLevel): boolean;
  /** A logger that adds `fields` (such as `component` or `request_id`) to every message. */
  child(fields: LogFields): Logger;
  /** Resolves when everything logged so far has reached its destination. May be called repeatedly. */
  flush(): Promise<void>;
}
