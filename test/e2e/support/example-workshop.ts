/** A folder in which the examples lie beside the packed service, with everything that they need installed. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folders, root } from '../../repo/support/tree.js';
import { packedOnce } from './packed.js';

const run = promisify(execFile);
const EXAMPLES = 'plugins/examples';
export const NPM_QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

export interface ExampleManifest {
  readonly name: string;
  readonly version: string;
  readonly 'camera-service': {
    readonly provides: readonly { readonly port: string; readonly name: string }[];
  };
}

export const exampleNames = (): readonly string[] => folders(EXAMPLES);

/** Of the repository, or of a workshop. */
export function manifestIn(folder: string): ExampleManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ExampleManifest;
}

export const exampleFolder = (example: string): string => join(root, EXAMPLES, example);

/** @returns what it wrote; with its errors, when it fails. */
export async function output(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return run(command, args, { cwd, env, maxBuffer: 16 * 1024 * 1024 }).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      const { message, stdout, stderr } = error as { message: string; stdout: string; stderr: string };
      return `${message}\n${stdout}\n${stderr}`;
    },
  );
}

export class ExampleWorkshop {
  folder = '';

  async install(): Promise<void> {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'cs-examples-')));
    const examples = exampleNames();
    for (const example of examples)
      cpSync(exampleFolder(example), join(this.folder, example), {
        recursive: true,
        filter: (path) => !/\/(dist|node_modules)$/.test(path),
      });
    const manifest = {
      ...{ name: 'workshop', version: '1.0.0', type: 'module', private: true, workspaces: examples },
      dependencies: { 'mediamtx-camera-service': `file:${await packedOnce()}` },
    };
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest));
    await run('npm', ['install', ...NPM_QUIET], { cwd: this.folder, maxBuffer: 16 * 1024 * 1024 });
  }

  /** Compiles, and writes the manifest into the `package.json` of the workshop. */
  build(example: string): Promise<string> {
    return output(join(this.folder, example), 'npm', 'run', 'build');
  }

  remove(): void {
    if (this.folder !== '') rmSync(this.folder, { recursive: true, force: true });
  }
}
