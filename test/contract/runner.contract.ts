/**
 * The suites run in any test runner that has `describe`, `it` and hooks, such as mocha, vitest and `node:test`. A suite imports these
 * words from here, and never uses those of one runner.
 */
import { before } from './outcome.js';

type Body = () => unknown;
type Register = (title: string, body: () => Promise<void>, withinMs?: number) => unknown;
type Hook = (body: () => Promise<void>) => unknown;
/** `node:test` has options in the place of the bound, and passes over a number. */
type BoundHook = (body: () => Promise<void>, withinMs: number | undefined) => unknown;

/** What a suite needs of a runner. The modules `node:test` and `vitest` are such objects, and so are the globals of mocha. */
export interface TestRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: Register;
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
}

/** Registers the cases of a suite. Without `runner` it uses the globals of the runner that loads the file. */
export type ContractSuite<World> = (name: string, world: World, runner?: TestRunner) => void;

/** Cases and hooks are registered for the runner of the suite around them, with the bound that it has set. */
interface Scope {
  readonly runner: TestRunner;
  withinMs: number | undefined;
}

let scope: Scope | undefined;

/** @throws TypeError when no runner is handed over and there are no globals of one. */
export function contractSuite<World>(register: (name: string, world: World) => void): ContractSuite<World> {
  return (name, world, runner = globalRunner()) => {
    inside({ runner, withinMs: undefined }, () => register(name, world));
  };
}

export function describe(title: string, body: () => void): void {
  const outer = current();
  // Some runners call the body later.
  outer.runner.describe(title, () => inside({ ...outer }, body));
}

/** A case. One that does not apply to what an adapter supports is not registered: no two runners mean the same by skipping. */
export function it(title: string, body: Body): void {
  const { runner, withinMs } = current();
  runner.it(title, bounded(body, withinMs), withinMs);
}

export function beforeEach(body: Body): void {
  const { runner, withinMs } = current();
  const hook: BoundHook = runner.beforeEach;
  hook(bounded(body, withinMs), withinMs);
}

export function afterEach(body: Body): void {
  const { runner, withinMs } = current();
  const hook: BoundHook = runner.afterEach;
  hook(bounded(body, withinMs), withinMs);
}

/** How long each case and each hook may take that is registered after it in this `describe`. Without it the runner decides. */
export function timeout(ms: number): void {
  current().withinMs = ms;
}

function current(): Scope {
  return scope ?? { runner: globalRunner(), withinMs: undefined };
}

function inside(own: Scope, body: () => void): void {
  const outer = scope;
  scope = own;
  try {
    body();
  } finally {
    scope = outer;
  }
}

/** mocha is told the bound by the context of the case, vitest by an argument; `node:test` knows none of its own. */
function bounded(body: Body, withinMs: number | undefined): (this: unknown) => Promise<void> {
  return async function (this: unknown): Promise<void> {
    const done = async (): Promise<void> => void (await body());
    if (withinMs === undefined) return done();
    if (!extend(this, withinMs)) return before(done(), withinMs);
    return done();
  };
}

function extend(context: unknown, withinMs: number): boolean {
  const own = context as { timeout?: unknown } | null | undefined;
  if (typeof own?.timeout !== 'function') return false;
  own.timeout(withinMs);
  return true;
}

function globalRunner(): TestRunner {
  const globals = globalThis as unknown as Partial<TestRunner>;
  const { describe: suite, it: one, beforeEach: first, afterEach: last } = globals;
  if (suite && one && first && last) return { describe: suite, it: one, beforeEach: first, afterEach: last };
  throw new TypeError(
    "there is no test runner: hand one over as the last argument of the suite, such as import * as runner from 'node:test'",
  );
}
