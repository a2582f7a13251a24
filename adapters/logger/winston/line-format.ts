/** One log entry as one line of text: JSON for machines, aligned and perhaps coloured for people. */
import type { LogLevel } from '../../../ports/logger.js';

export interface LogEntry {
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Safe plain data already. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type LineFormat = (entry: LogEntry) => string;

export function jsonLine({ at, level, message, fields }: LogEntry): string {
  const fixed = { time: new Date(at).toISOString(), level, message };
  // Spread twice: the first sets the order of the keys, the second wins over fields of the same name.
  return JSON.stringify({ ...fixed, ...fields, ...fixed });
}

const COLOURS: Readonly<Record<LogLevel, string>> = { debug: '90', info: '36', warn: '33', error: '31' };

export function prettyLine(isColoured: boolean): LineFormat {
  const paint = (code: string, text: string): string =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
  return ({ at, level, message, fields }) => {
    const { component, ...rest } = fields;
    const time = paint('90', new Date(at).toISOString().slice(11, 23));
    const from = typeof component === 'string' ? paint('90', ` ${printable(component)}:`) : '';
    const facts = Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${paint('90', `${key}=`)}${factText(value)}`);
    return [
      `${time} ${paint(COLOURS[level], level.toUpperCase().padEnd(5))}${from}`,
      printable(message),
      ...facts,
    ].join(' ');
  };
}

function factText(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value)
    ? value
    : (JSON.stringify(value) ?? 'undefined');
}

/** A message from outside must not move the cursor or fake a line of its own. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1));
}
