/**
 * Proves that a contract suite notices a planted defect: registers the suite with a small runner of its own, runs the
 * cases of one rule against a broken adapter and demands that one of them fails.
 */

import type { TestRunner } from '../runner.contract.js';

/** A broken adapter: the rule it breaks and the world that makes it. */
export interface Broken<World> {
  readonly rule: string;
  readonly world: World;
}

type Body = (this: CaseContext, done?: (error?: unknown) => void) => unknown;
type HookKind = 'before' | 'beforeEach' | 'afterEach' | 'after';

interface CaseContext {
  timeout(ms: number): CaseContext;
  slow(ms: number): CaseContext;
  retries(count: number): CaseContext;
  skip(): never;
}

interface Suite {
  readonly parent: Suite | undefined;
  readonly suites: Suite[];
  readonly cases: { readonly title: string; readonly body: Body }[];
  readonly hooks: Record<HookKind, Body[]>;
  timeoutMs: number;
}

interface Outcome {
  readonly title: string;
  readonly error: unknown;
}

const DEFAULT_TIMEOUT_MS = 2000;
const GLOBALS = [
  'describe',
  'context',
  'it',
  'specify',
  'before',
  'beforeEach',
  'afterEach',
  'after',
] as const;
const SKIPPED = new Error('skipped');

/** Registers a suite for a world, in the runner that it is given; one that uses globals finds those of mocha. */
export type RegisterSuite<World> = (world: World, runner: TestRunner) => void;

/**
 * Resolves when the suite catches the broken adapter. Only the cases of its rule are run. What the adapter leaves uncaught meanwhile
 * counts as caught, so two must not be tried at the same time.
 * @param suite for example `(world, runner) => clockContract('broken', world, runner)`.
 * @throws Error when no case carries the rule, a preparing hook fails, or every case of the rule passes.
 */
export async function expectCaught<World>(suite: RegisterSuite<World>, broken: Broken<World>): Promise<void> {
  const root = collect((runner) => suite(broken.world, runner));
  const outcomes: Outcome[] = [];
  await runSuite(root, `[${broken.rule}]`, outcomes);
  if (outcomes.length === 0) throw new Error(`no case of the suite carries the rule [${broken.rule}]`);
  if (outcomes.every((outcome) => outcome.error === undefined || outcome.error === SKIPPED))
    throw new Error(
      `the adapter that breaks [${broken.rule}] passed: ${outcomes.map((o) => o.title).join('; ')}`,
    );
}

function newSuite(parent: Suite | undefined): Suite {
  return {
    parent,
    suites: [],
    cases: [],
    hooks: { before: [], beforeEach: [], afterEach: [], after: [] },
    timeoutMs: parent?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  };
}

/** @returns the rules of a suite: what stands in brackets before the titles of its cases. */
export function rulesOf<World>(suite: RegisterSuite<World>, world: World): ReadonlySet<string> {
  const rules = new Set<string>();
  const look = ({ cases, suites }: Suite): void => {
    for (const { title } of cases) rules.add(/^\[([^\]]+)\]/.exec(title)?.[1] ?? title);
    for (const child of suites) look(child);
  };
  look(collect((runner) => suite(world, runner)));
  return rules;
}

/** Registration is synchronous, so the runner's globals are replaced only for the time of this call. */
function collect(register: (runner: TestRunner) => void): Suite {
  const root = newSuite(undefined);
  let current = root;
  const describeHere = (_title: string, body: (this: CaseContext) => void): void => {
    const parent = current;
    current = newSuite(parent);
    parent.suites.push(current);
    const own = current;
    body.call(contextOf((ms) => (own.timeoutMs = ms)));
    current = parent;
  };
  const itHere = (title: string, body: Body): void => void current.cases.push({ title, body });
  const ignored = (): void => undefined;
  const hook = (kind: HookKind) => (first: string | Body, second?: Body) =>
    void current.hooks[kind].push(typeof first === 'function' ? first : (second ?? ignored));
  const replaced = {
    describe: Object.assign(describeHere, { skip: ignored, only: describeHere }),
    context: Object.assign(describeHere, { skip: ignored, only: describeHere }),
    it: Object.assign(itHere, { skip: ignored, only: itHere }),
    specify: itHere,
    before: hook('before'),
    beforeEach: hook('beforeEach'),
    afterEach: hook('afterEach'),
    after: hook('after'),
  } satisfies Record<(typeof GLOBALS)[number], unknown>;
  const scope = globalThis as unknown as Record<string, unknown>;
  const saved = GLOBALS.map((name) => [name, scope[name]] as const);
  Object.assign(scope, replaced);
  try {
    register(replaced);
  } finally {
    for (const [name, value] of saved) scope[name] = value;
  }
  return root;
}

async function runSuite(suite: Suite, rule: string, outcomes: Outcome[]): Promise<void> {
  if (!carries(suite, rule)) return;
  await runHooks(suite.hooks.before, suite.timeoutMs);
  for (const { title, body } of suite.cases) {
    if (!title.startsWith(rule)) continue;
    const line = lineage(suite);
    for (const level of line) await runHooks(level.hooks.beforeEach, level.timeoutMs);
    outcomes.push({ title, error: await runBody(body, suite.timeoutMs) });
    for (const level of line.reverse())
      for (const after of level.hooks.afterEach) await runBody(after, level.timeoutMs);
  }
  for (const child of suite.suites) await runSuite(child, rule, outcomes);
  // A broken adapter may well fail to clean up; that is not what is being judged.
  for (const after of suite.hooks.after) await runBody(after, suite.timeoutMs);
}

function carries(suite: Suite, rule: string): boolean {
  return (
    suite.cases.some((one) => one.title.startsWith(rule)) || suite.suites.some((one) => carries(one, rule))
  );
}

function lineage(suite: Suite): Suite[] {
  return suite.parent === undefined ? [suite] : [...lineage(suite.parent), suite];
}

async function runHooks(hooks: readonly Body[], timeoutMs: number): Promise<void> {
  for (const hook of hooks) {
    const error = await runBody(hook, timeoutMs);
    if (error !== undefined) throw new Error('a hook failed before the case could run', { cause: error });
  }
}

/** Runs one body to its end, its deadline, or the first error that nobody caught. Answers with the error. */
async function runBody(body: Body, defaultTimeoutMs: number): Promise<unknown> {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => undefined);
  const restore = divert((error) => fail(error));
  let timer: NodeJS.Timeout | undefined;
  const allow = (ms: number): void => {
    clearTimeout(timer);
    if (ms > 0) timer = setTimeout(() => fail(new Error(`still running after ${ms} ms`)), ms);
  };
  allow(defaultTimeoutMs);
  try {
    await Promise.race([invoke(body, contextOf(allow)), failed]);
    return undefined;
  } catch (error) {
    return error ?? new Error('rejected with nothing');
  } finally {
    clearTimeout(timer);
    restore();
  }
}

async function invoke(body: Body, context: CaseContext): Promise<void> {
  if (body.length === 0) return void (await body.call(context));
  await new Promise<void>((resolve, reject) => {
    body.call(context, (error?: unknown) =>
      error === undefined || error === null ? resolve() : reject(error),
    );
  });
}

function contextOf(setTimeoutMs: (ms: number) => void): CaseContext {
  const context: CaseContext = {
    timeout: (ms) => (setTimeoutMs(ms), context),
    slow: () => context,
    retries: () => context,
    skip: () => {
      throw SKIPPED;
    },
  };
  return context;
}

/** Sends uncaught errors to the case under way instead of to the runner outside, and gives them back afterwards. */
function divert(take: (error: unknown) => void): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const saved = events.map((event) => [event, process.rawListeners(event)] as const);
  for (const event of events) {
    process.removeAllListeners(event);
    process.on(event, take);
  }
  return () => {
    for (const [event, listeners] of saved) {
      process.removeAllListeners(event);
      for (const listener of listeners) process.on(event, listener as (error: unknown) => void);
    }
  };
}
