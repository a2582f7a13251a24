/** What can be said of a plugin before it is published: its manifest, its code, its tests, and what it does when it is misused. */
import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { isPortError } from '../ports/index.js';
import { findPlugin, readPackage, type PluginPackage } from './plugin-package.js';
import type { Row, Verdict } from './trial/row.js';
import type { Tried } from './trial/trials.js';
import { writeManifest } from './write-manifest.js';

export interface Finding {
  readonly verdict: Verdict;
  /** `matrix`: an adapter was misused. `service`: the service ran with the plugin misbehaving. */
  readonly what: 'manifest' | 'code' | 'tests' | 'contract' | 'matrix' | 'service';
  /** `Port/name` of the adapter, where it is about one. */
  readonly subject?: string;
  readonly title: string;
  /** Why it has failed or does not apply. */
  readonly reason?: string;
}

/** Runs the tests of the package. @returns whether they passed, and what was written. */
export type RunTests = (
  folder: string,
  signal: AbortSignal,
) => Promise<{ readonly isGood: boolean; readonly output: string }>;

/** The parts that take time. One that is absent is left out. */
export interface CheckWork {
  readonly runTests?: RunTests;
  readonly tryAdapter?: (
    folder: string,
    adapter: string,
    given: { readonly onRow: (row: Row) => void; readonly signal: AbortSignal },
  ) => Promise<Tried>;
  readonly tryService?: (
    found: PluginPackage,
    settings: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => AsyncIterable<Row>;
  /** Told what is about to be done, before it takes its time. */
  readonly progress?: (text: string) => void;
}

/** Ends with the first kind of finding that makes the next one meaningless. @throws the signal's reason. */
export async function* checkPlugin(
  given: string,
  work: CheckWork,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const folder = resolve(given);
  const manifest = await found('manifest', signal, () => {
    const { version, manifest: sound, module } = findPlugin(folder, folder);
    const range = sound?.apiVersion ?? '';
    return `version ${version} for plugin API ${range}, built as ${module}`;
  });
  yield manifest;
  if (manifest.verdict === 'failed') return;
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
  if (code.verdict === 'failed') return;
  yield* testsOf(folder, provides, { work, signal });
  yield* trialsOf(folder, provides, { work, signal });
}

interface Part {
  readonly work: CheckWork;
  readonly signal: AbortSignal;
}

async function* testsOf(
  folder: string,
  provides: readonly string[],
  { work: { runTests, progress }, signal }: Part,
): AsyncGenerator<Finding> {
  if (runTests === undefined) return;
  if (!hasTests(folder)) {
    const reason = 'the package has none: there is no script "test" in its package.json';
    yield { verdict: 'n/a', what: 'tests', title: 'npm test', reason };
    for (const subject of provides)
      yield { ...CONTRACT, verdict: 'failed', subject, reason: 'no test runs it; see the page of the port' };
    return;
  }
  progress?.('running npm test');
  const { isGood, output } = await runTests(folder, signal);
  yield isGood
    ? { verdict: 'ok', what: 'tests', title: 'npm test' }
    : { verdict: 'failed', what: 'tests', title: 'npm test', reason: 'it fails' };
  for (const adapter of provides) yield contractOf(adapter, output);
}

/** The one that `npm init` writes fails, and tests nothing. */
function hasTests(folder: string): boolean {
  const { test } = (readPackage(folder, folder)?.content['scripts'] ?? {}) as { readonly test?: unknown };
  return typeof test === 'string' && !test.includes('no test specified');
}

async function* trialsOf(
  folder: string,
  provides: readonly string[],
  { work: { tryAdapter, tryService, progress }, signal }: Part,
): AsyncGenerator<Finding> {
  let settings: Readonly<Record<string, string>> = {};
  let lacking: string | undefined;
  if (tryAdapter !== undefined)
    for (const adapter of provides) {
      progress?.(`misusing ${adapter}`);
      const rows = new PassThrough({ objectMode: true });
      const trying = tryAdapter(folder, adapter, { onRow: (row) => void rows.write(row), signal });
      // A failure is thrown below, when all rows have been told.
      void trying.then(
        () => rows.end(),
        () => rows.end(),
      );
      for await (const row of rows) yield findingOf('matrix', row as Row);
      const { options } = await trying;
      settings = { ...settings, ...options.settings };
      lacking ??= options.lacking;
    }
  if (tryService === undefined || provides.length === 0) return;
  if (lacking !== undefined) {
    yield { verdict: 'n/a', what: 'service', title: 'the running service', reason: lacking };
    return;
  }
  progress?.('running the service with adapters that misbehave');
  for await (const row of tryService(findPlugin(folder, folder), settings, signal))
    yield findingOf('service', row);
}

function findingOf(what: 'matrix' | 'service', { adapter, what: title, verdict, reason }: Row): Finding {
  return {
    ...{ verdict, what, title },
    ...(adapter === undefined ? {} : { subject: adapter }),
    ...(reason === undefined ? {} : { reason }),
  };
}

async function found(
  what: Finding['what'],
  signal: AbortSignal,
  look: () => string | Promise<string>,
): Promise<Finding> {
  try {
    return { verdict: 'ok', what, title: await look() };
  } catch (error) {
    signal.throwIfAborted();
    return { verdict: 'failed', what, title: TITLES[what] ?? what, reason: whyNot(error) };
  }
}

const TITLES: Readonly<Record<string, string>> = {
  manifest: 'manifest and build',
  code: 'code and manifest agree',
};
const CONTRACT = { what: 'contract', title: 'its suite is run' } as const;

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
  if (isRun) return { ...CONTRACT, verdict: 'ok', subject: adapter };
  const reason = `no run of it is seen in the output of npm test; call the suite with the name ${name}, and have the titles reported`;
  return { ...CONTRACT, verdict: 'failed', subject: adapter, reason };
}

/** Reporters put a mark before a title, and its duration behind it. */
function hasTitle(line: string, title: string): boolean {
  const at = line.indexOf(title);
  if (at < 0) return false;
  const before = line.at(at - 1) ?? ' ';
  const behind = line.at(at + title.length) ?? ' ';
  return (at === 0 || /[\s/]/.test(before)) && /[\s,(]/.test(behind);
}
