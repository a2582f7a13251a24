/** Runs a contract suite once for each mutant, in one process: mocha keeps the loaded suite, and the mutants are switched. */
import type { InstrumenterContext, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';
import { textIgnorer } from './text-ignorer.js';

/** Longest time of one case; a mutant that hangs one is noticed by it. */
const CASE_MS = 2_000;

/** What the instrumented adapter looks at. */
type Context = { -readonly [K in keyof InstrumenterContext]?: InstrumenterContext[K] | undefined };
const shared = globalThis as typeof globalThis & { __stryker__?: Context };
const context: Context = (shared.__stryker__ ??= {});

class ContractRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #suite: string;
  #mocha: Mocha | undefined;

  constructor(options: StrykerOptions) {
    this.#suite = String(options['contractSuite']);
  }

  /** What is imported stays imported, so mutants of what runs while loading get a process of their own. */
  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  async dryRun(): Promise<DryRunResult> {
    const results = await this.#run(false);
    const { mutantCoverage } = context;
    const tests = [...results];
    return {
      status: DryRunStatus.Complete,
      tests,
      ...(mutantCoverage === undefined ? {} : { mutantCoverage }),
    };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, hitLimit } = options;
    if (mutantActivation === 'static') context.activeMutant = activeMutant.id;
    await this.#load();
    context.activeMutant = activeMutant.id;
    context.hitCount = hitLimit === undefined ? undefined : 0;
    context.hitLimit = hitLimit;
    const tests = await this.#run(true);
    return toMutantRunResult({ status: DryRunStatus.Complete, tests: [...tests] });
  }

  async #load(): Promise<Mocha> {
    if (this.#mocha !== undefined) return this.#mocha;
    const mocha = new Mocha({ timeout: CASE_MS, reporter: Mocha.reporters.Base });
    mocha.cleanReferencesAfterRun(false);
    mocha.addFile(this.#suite);
    await mocha.loadFilesAsync();
    mocha.suite.beforeEach(function () {
      context.currentTestId = this.currentTest?.fullTitle();
    });
    return (this.#mocha = mocha);
  }

  /** @param mayStop ends after the first case that fails: it kills the mutant. */
  async #run(mayStop: boolean): Promise<readonly TestResult[]> {
    const mocha = await this.#load();
    mocha.suite.bail(mayStop);
    const results: TestResult[] = [];
    // What a mutant rejects after its case has ended counts, too, and must not end the process.
    const stray = (reason: unknown): void =>
      void results.push(failed('outside the cases', String(reason), 0));

    process.on('unhandledRejection', stray);
    await new Promise<void>((resolve) => {
      mocha
        .run(() => resolve())
        .on('pass', (test: Mocha.Test) => results.push({ ...facts(test), status: TestStatus.Success }))
        .on('fail', (test: Mocha.Test, error: Error) =>
          results.push(failed(test.fullTitle(), error.message, test.duration ?? 0)),
        );
    });
    await new Promise((resolve) => setImmediate(resolve));

    process.off('unhandledRejection', stray);
    return results;
  }
}

function facts(test: Mocha.Test): Pick<TestResult, 'id' | 'name' | 'timeSpentMs'> {
  return { id: test.fullTitle(), name: test.fullTitle(), timeSpentMs: test.duration ?? 0 };
}

function failed(name: string, failureMessage: string, timeSpentMs: number): TestResult {
  return { id: name, name, timeSpentMs, status: TestStatus.Failed, failureMessage };
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'contract', ContractRunner),
  textIgnorer,
];
