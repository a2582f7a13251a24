export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Facts beside a message. Values are plain data; an `Error` under `cause` or `error` is logged with its code and
 * causes. Secrets do not belong here; adapters redact known names (`token`, `password`, `secret`, `authorization`,
 * `api_key`, credentials inside URLs) all the same, at any depth.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes what happened, for the people who run the service. Never throws, never blocks the caller. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** True when a line of this level would be written: guards expensive `debug` fields. */
  isEnabled(level: LogLevel): boolean;
  /** A logger that adds `fields` (such as `component` or `request_id`) to each line it writes. */
  child(fields: LogFields): Logger;
  /** Resolves when everything logged so far has reached its destination. May be called again and again. */
  flush(): Promise<void>;
}
