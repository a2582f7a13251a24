import { fileURLToPath } from 'node:url';

/** A line of a stack, as far as it is a place in a file. */
export interface Frame {
  /** Path of the file, or the name of a module of Node such as `node:net`. */
  readonly file: string;
  /** Of the URL of its module, such as `?edition=2`; mostly empty. */
  readonly query: string;
  readonly line: number;
  readonly column: number;
}

/** Between whoever opens something and Node there is seldom more than a library. */
const DEPTH = 24;

/** @param above frames up to this function, it included, are left out. @returns the nearest first; those behind an `await` too. */
export function framesAbove(above: (...args: never[]) => unknown): readonly Frame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = DEPTH;
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, above);
    return (holder.stack as readonly NodeJS.CallSite[]).map((site) => new LazyFrame(site));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** Most stacks are decided by their first lines: the others are not looked at. */
class LazyFrame implements Frame {
  readonly #site: NodeJS.CallSite;
  #module: Module | undefined;

  constructor(site: NodeJS.CallSite) {
    this.#site = site;
  }

  get file(): string {
    return this.#asModule().file;
  }

  get query(): string {
    return this.#asModule().query;
  }

  get line(): number {
    return this.#site.getLineNumber() ?? 0;
  }

  get column(): number {
    return this.#site.getColumnNumber() ?? 0;
  }

  #asModule(): Module {
    return (this.#module ??= moduleOf(this.#site.getFileName() ?? ''));
  }
}

type Module = Pick<Frame, 'file' | 'query'>;

const MAX_KNOWN = 10_000;
const known = new Map<string, Module>();

function moduleOf(name: string): Module {
  const module = known.get(name);
  if (module !== undefined) return module;
  if (known.size >= MAX_KNOWN) known.clear();
  const found = decoded(name);
  known.set(name, found);
  return found;
}

function decoded(name: string): Module {
  if (!name.startsWith('file:')) return { file: name, query: '' };
  try {
    return { file: fileURLToPath(name), query: new URL(name).search };
  } catch {
    return { file: name, query: '' };
  }
}
