/** Changes of the sources of a package, as they happen. */
import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** What others write: a package manager, a build, a version control system. */
const NOT_SOURCES = new Set(['node_modules', 'package.json', 'package-lock.json']);

export class SourceChanges {
  readonly #watchers: FSWatcher[];
  #isChanged = false;
  #tell: () => void = () => undefined;

  /** @param built name of the folder that the build writes, which is no source. */
  constructor(folder: string, built: string | undefined) {
    const isSource = (name: string): boolean =>
      !NOT_SOURCES.has(name) && name !== built && !name.startsWith('.');
    const folders = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isSource(entry.name))
      .map((entry) => watch(join(folder, entry.name), { recursive: true }, () => this.#changed()));
    const files = watch(folder, (_event, name) => {
      if (name !== null && isSource(name)) this.#changed();
    });
    this.#watchers = [files, ...folders];
    // A folder that goes away is a change, too; what is watched then is of no more use.
    for (const watcher of this.#watchers) watcher.on('error', () => this.#changed());
  }

  /** Resolves with the first change since the last call. @throws the signal's reason. */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isChanged) {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', onAbort, { once: true });
        this.#tell = () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
      });
    }
    this.#isChanged = false;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #changed(): void {
    this.#isChanged = true;
    this.#tell();
  }
}
