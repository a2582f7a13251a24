/** What can be said of a plugin before it is published: its manifest, its build, its code, and the contracts that its tests run. */
import { resolve } from 'node:path';
import { isPortError } from '../ports/index.js';
import { findPlugin } from './plugin-package.js';
import { writeManifest } from './write-manifest.js';

export interface Finding {
  readonly isGood: boolean;
  readonly what: 'manifest' | 'code' | 'tests' | 'contract';
  readonly text: string;
}

/** Runs the tests of the package. @returns whether they passed, and what was written. */
export type RunTests = (
  folder: string,
  signal: AbortSignal,
) => Promise<{ readonly isGood: boolean; readonly output: string }>;

/** Ends with the first kind of finding that makes the next one meaningless. @throws the signal's reason. */
export async function* checkPlugin(
  given: string,
  runTests: RunTests,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const folder = resolve(given);
  const manifest = await found('manifest', signal, () => {
    const { version, manifest: sound, module } = findPlugin(folder, folder);
    const range = sound?.apiVersion ?? '';
    return `version ${version} for plugin API ${range}, built as ${module}`;
  });
  yield manifest;
  if (!manifest.isGood) return;
  let provides: readonly string[] = [];
  const code = await found('code', signal, async () => {
    const written = await writeManifest(folder, { check: true }, signal);
    ({ provides } = written);
    const { capabilities } = written;
    if (!written.isCurrent)
      throw new Error(`the manifest differs from the code; run: camera-service plugin manifest ${folder}`);
    const more = capabilities.length === 0 ? '' : `, with the capabilities ${capabilities.join(', ')}`;
    return `keeps to its manifest, provides ${provides.join(', ') || 'no adapter'}${more}`;
  });
  yield code;
  if (!code.isGood) return;
  const { isGood, output } = await runTests(folder, signal);
  yield { isGood, what: 'tests', text: isGood ? 'npm test passes' : 'npm test fails' };
  for (const adapter of provides) yield contractOf(adapter, output);
}

async function found(
  what: Finding['what'],
  signal: AbortSignal,
  look: () => string | Promise<string>,
): Promise<Finding> {
  try {
    return { isGood: true, what, text: await look() };
  } catch (error) {
    signal.throwIfAborted();
    return { isGood: false, what, text: whyNot(error) };
  }
}

/** The rule that is broken, without the key of the configuration that names plugins elsewhere. */
function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const rule = isPortError(error) ? error.detail['rule'] : undefined;
  return typeof rule === 'string' ? rule : error.message;
}

/** The suites say in their titles which adapter of which port they try. */
function contractOf(adapter: string, output: string): Finding {
  const [port = '', name = ''] = adapter.split('/');
  const titles = [`${name} as a ${port}`, `${name} as an ${port}`, `${port}: ${name}`];
  const lines = output.split('\n').map((line) => line.trim());
  const isRun = lines.some((line) => titles.some((title) => hasTitle(line, title)));
  const text = isRun
    ? `${adapter}: its suite is run`
    : `${adapter}: no run of its suite is seen in the output of npm test; call the suite with the name ${name}, and have the titles reported`;
  return { isGood: isRun, what: 'contract', text };
}

/** Reporters put a mark before a title, and its duration behind it. */
function hasTitle(line: string, title: string): boolean {
  const at = line.indexOf(title);
  if (at < 0) return false;
  const before = line.at(at - 1) ?? ' ';
  const behind = line.at(at + title.length) ?? ' ';
  return (at === 0 || /[\s/]/.test(before)) && /[\s,(]/.test(behind);
}
