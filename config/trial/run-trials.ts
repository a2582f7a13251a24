/** All trials of one adapter, in the process that may be lost by them. */
import { setImmediate } from 'node:timers/promises';
import { PORT_NAMES, type PortName } from '../../plugins/api/index.js';
import { PortError } from '../../ports/index.js';
import type { LoadedConfig } from '../runtime.js';
import { Bench } from './bench.js';
import { callTrials } from './call-trials.js';
import { guardTrials } from './guard-trials.js';
import { LIFE_TRIALS } from './life-trials.js';
import { LEFTOVERS, MADE, optionTrials } from './other-trials.js';
import { portTrials } from './port-trials.js';
import { Failed, NotApplicable, words, type Row } from './row.js';
import type { Trial } from './trial.js';

/** The options that had to be made up, so that the adapter can be made. */
export interface InventedOptions {
  /** As the command line takes them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What cannot be made up, with what to do about it. */
  readonly lacking?: string;
}

/** What the process tells the one that asked for it. */
export type TrialNews =
  | { readonly type: 'plan'; readonly trials: readonly string[]; readonly options: InventedOptions }
  | { readonly type: 'row'; readonly row: Row };

export interface TrialRun {
  readonly config: LoadedConfig;
  /** `Port/name`. */
  readonly adapter: string;
  /** The first trial to be made; those before it are done. */
  readonly from: number;
  readonly tell: (news: TrialNews) => Promise<void>;
  /** Hands over what was thrown and not caught since the last time. */
  readonly uncaught: () => readonly unknown[];
}

/** Turns of the event loop in which an error that was left behind shows. */
const TURNS = 5;

/** @throws PortError `OPTION_INVALID` for an adapter that there is not; the signal's reason. */
export async function runTrials(run: TrialRun, signal: AbortSignal): Promise<void> {
  const { port, name } = placeOf(run);
  const plan = trialsOf(run.config, port, name);
  const options = optionsOf(run.config, port, name);
  await run.tell({ type: 'plan', trials: plan.map(({ what }) => what), options });
  for (const trial of plan.slice(run.from)) {
    signal.throwIfAborted();
    await run.tell({ type: 'row', row: await tried(run, trial, new Bench(run.config, port, name)) });
  }
}

function placeOf({ adapter, config }: TrialRun): { readonly port: PortName; readonly name: string } {
  const [port = '', name = ''] = adapter.split('/');
  const known = PORT_NAMES.find((each) => each === port);
  if (known !== undefined && config.host.adapters.available(known).includes(name))
    return { port: known, name };
  const rule = `${adapter} is not an adapter of a loaded plugin`;
  throw new PortError('OPTION_INVALID', { message: rule, detail: { option: 'adapter', rule } });
}

function trialsOf(config: LoadedConfig, port: PortName, name: string): readonly Trial[] {
  const bench = new Bench(config, port, name);
  try {
    return [
      MADE,
      ...optionTrials(bench),
      ...LIFE_TRIALS,
      LEFTOVERS,
      ...callTrials(port),
      ...portTrials(port),
      ...guardTrials(port),
    ];
  } finally {
    bench.remove();
  }
}

function optionsOf(config: LoadedConfig, port: PortName, name: string): InventedOptions {
  const bench = new Bench(config, port, name);
  try {
    return { settings: bench.samples() };
  } catch (cause) {
    return { settings: {}, lacking: `${port}/${name} ${(cause as Error).message}` };
  } finally {
    bench.remove();
  }
}

async function tried({ adapter, uncaught }: TrialRun, { what, run }: Trial, bench: Bench): Promise<Row> {
  uncaught();
  let fault: unknown;
  try {
    await run(bench);
  } catch (cause) {
    fault = cause;
  }
  try {
    await bench.clear();
  } catch (cause) {
    fault ??= cause;
  }
  for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
  const [left] = uncaught();
  if (left !== undefined && !(fault instanceof Failed))
    fault = new Failed(`left an error uncaught: ${words(left)}`);
  if (fault === undefined) return { adapter, what, verdict: 'ok' };
  if (fault instanceof NotApplicable) return { adapter, what, verdict: 'n/a', reason: fault.message };
  return { adapter, what, verdict: 'failed', reason: fault instanceof Failed ? fault.message : words(fault) };
}
