/**
 * What ffmpeg calls its options. They are tried and not looked up by version: builds from git and of distributions have numbers of
 * their own kinds. The oldest that is supported is 4.3.
 */
import { spawnOwned } from './child-process.js';
import { FFMPEG_COMMON } from './ffmpeg-input.js';

interface NewerOption {
  readonly value: string;
  /** What it was called before; absent: there was no such thing, and it can be done without. */
  readonly older?: string;
}

/** Options with one value that came after 4.3, or may have. */
const NEWER: ReadonlyMap<string, NewerOption> = new Map([
  // 5.1; the older name has gone since.
  ['-fps_mode', { value: 'passthrough', older: '-vsync' }],
  // 4.4; without it progress is told twice a second.
  ['-stats_period', { value: '0.25' }],
]);
/** An option that the whole program does not know, or the part of it that it was meant for. */
const UNKNOWN = /Unrecognized option '([^']+)'|Option '?([\w-]+)'? not found/;

/** Of each program, so that all who run it ask once. */
const known = new Map<string, FfmpegDialect>();

export function dialectOf(command: string, runDir: string): FfmpegDialect {
  const key = `${command}\0${runDir}`;
  const dialect = known.get(key) ?? new FfmpegDialect(command, runDir);
  known.set(key, dialect);
  return dialect;
}

export class FfmpegDialect {
  readonly #command: string;
  readonly #runDir: string;
  #unknown: Promise<ReadonlySet<string>> | undefined;

  constructor(command: string, runDir: string) {
    this.#command = command;
    this.#runDir = runDir;
  }

  /** @returns the arguments in the words of this ffmpeg, which is asked once. @throws PortError as `spawnOwned`. */
  async translate(args: readonly string[]): Promise<readonly string[]> {
    this.#unknown ??= this.#ask();
    try {
      return inOlderWords(args, await this.#unknown);
    } catch (error) {
      this.#unknown = undefined;
      throw error;
    }
  }

  /** Asks anew before the next use when ffmpeg did not know an option: it may have been replaced. */
  learn(tail: readonly string[]): void {
    if (unknownOption(tail) !== undefined) this.#unknown = undefined;
  }

  /** ffmpeg names the first option that it does not know, and reads no further. */
  async #ask(): Promise<ReadonlySet<string>> {
    const unknown = new Set<string>();
    for (;;) {
      const options = [...NEWER].filter(([name]) => !unknown.has(name));
      const child = await spawnOwned({
        label: 'options of ffmpeg',
        command: this.#command,
        args: [...FFMPEG_COMMON, ...options.flatMap(([name, { value }]) => [name, value]), '-f', 'null', '-'],
        runDir: this.#runDir,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await child.exited;
      const name = `-${unknownOption(child.tail()) ?? ''}`;
      if (!NEWER.has(name) || unknown.has(name)) return unknown;
      unknown.add(name);
    }
  }
}

/** @returns the option that ffmpeg did not know, without its dash; `undefined` when that was not its trouble. */
export function unknownOption(tail: readonly string[]): string | undefined {
  const [, program, part] = tail.map((line) => UNKNOWN.exec(line)).find((found) => found !== null) ?? [];
  return program ?? part;
}

export function inOlderWords(args: readonly string[], unknown: ReadonlySet<string>): readonly string[] {
  return args.flatMap((word, index) => {
    const before = args[index - 1] ?? '';
    // The value of an option that can be done without goes with it.
    if (unknown.has(before) && NEWER.get(before)?.older === undefined) return [];
    if (!unknown.has(word)) return [word];
    return NEWER.get(word)?.older ?? [];
  });
}
