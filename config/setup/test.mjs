/** `npm test`: sets up what is missing, runs every step and ends with the counts of all of them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setUpMedia, setUpProgram } from './bootstrap.mjs';
import { endOnSignals, endWithUs } from './ending.mjs';
import { checkout } from './paths.mjs';
import { createProgress, seconds } from './progress.mjs';
import { ensureSystemParts } from './system-packages.mjs';
import { ensureLab } from './test-lab.mjs';
import { TEST_STEPS } from './test-steps.mjs';

/** @typedef {{ passed: number, failed: number, failures: readonly string[] }} Counts */
/** @typedef {{ title: string, ms: number, ok: boolean, counts: Counts }} Outcome */

const COVERAGE = path.join(checkout, 'coverage');
/** @type {import('./system-packages.mjs').SystemPart[]} */
const PARTS = ['ffmpeg', 'chromium', 'fonts', 'mosquitto', 'mosquitto-clients', 'openssl'];
const COUNTS = path.join(checkout, '.cache/test-counts');

endOnSignals();
await setUp();
process.exit(await runAll());

async function setUp() {
  const progress = createProgress({ total: 6, out: process.stderr });
  const context = { root: checkout, env: process.env, progress };
  try {
    await setUpProgram(context);
    await progress.step(
      'System packages',
      (say) => ensureSystemParts({ parts: PARTS, env: process.env, say }),
      (installed) => (installed.length === 0 ? 'ready' : `installed ${installed.join(', ')}`),
    );
    const missing = await setUpMedia(context);
    if (missing.length > 0)
      throw new Error('The tests need the real components; the messages above name what is missing.');
    await setUpLab(progress);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/**
 * Without the lab its own step fails, with the same words; the others are worth their time all the same.
 * @param {import('./progress.mjs').Progress} progress
 */
async function setUpLab(progress) {
  try {
    await progress.step(
      'Device lab',
      (say) => ensureLab({ env: process.env, say }),
      (how) => (how === 'present' ? 'ready' : how),
    );
  } catch (error) {
    progress.note(`  ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @returns {Promise<number>} the exit code */
async function runAll() {
  rmSync(COVERAGE, { recursive: true, force: true });
  mkdirSync(path.join(COVERAGE, 'tmp'), { recursive: true });
  mkdirSync(path.dirname(COUNTS), { recursive: true });
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const step of TEST_STEPS) {
    console.log(`\n── ${step.title} (npm run ${step.script})`);
    outcomes.push(await runStep(step));
  }
  report(outcomes);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

/**
 * @param {import('./test-steps.mjs').TestStep} step
 * @returns {Promise<Outcome>}
 */
async function runStep(step) {
  rmSync(COUNTS, { force: true });
  const started = performance.now();
  const code = await runScript(step);
  const counts = readCounts();
  const ok = code === 0 && counts.failed === 0;
  // A step that failed without a failing test (a fault of style, a crash, its time) is a failure as well.
  const failed = ok || counts.failed > 0 ? counts.failed : 1;
  return { title: step.title, ms: performance.now() - started, ok, counts: { ...counts, failed } };
}

/**
 * @param {import('./test-steps.mjs').TestStep} step
 * @returns {Promise<number | null>}
 */
function runScript({ script, args = [], minutes, covered = false }) {
  const env = { ...process.env, CAMERA_SERVICE_TEST_COUNTS: COUNTS };
  const command = ['run', '--silent', script, '--', ...args];
  // A group of its own, so that a step that hangs is ended with all that it started.
  const child = spawn('npm', command, {
    cwd: checkout,
    env: covered ? { ...env, NODE_V8_COVERAGE: path.join(COVERAGE, 'tmp') } : env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  endWithUs(child);
  const timer = setTimeout(() => {
    console.error(`${script} was stopped after ${minutes} minutes`);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  }, minutes * 60_000);
  return new Promise((resolve) => {
    child.on('error', () => resolve(null));
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

/** @returns {Counts} the sum of what the mocha runs of a step wrote down */
function readCounts() {
  const lines = existsSync(COUNTS) ? readFileSync(COUNTS, 'utf8').trim().split('\n') : [];
  return lines
    .map((line) => /** @type {Counts} */ (JSON.parse(line)))
    .reduce(
      (sum, each) => ({
        passed: sum.passed + each.passed,
        failed: sum.failed + each.failed,
        failures: [...sum.failures, ...each.failures],
      }),
      { passed: 0, failed: 0, failures: [] },
    );
}

/** @param {readonly Outcome[]} outcomes */
function report(outcomes) {
  console.log('\nstep           result      time   tests');
  for (const { title, ok, ms, counts } of outcomes) {
    const tests =
      counts.passed + counts.failed === 0 ? '' : `${counts.passed} passed, ${counts.failed} failed`;
    console.log(
      `${title.padEnd(14)} ${(ok ? 'ok' : 'FAILED').padEnd(8)} ${seconds(ms).padStart(9)}   ${tests}`,
    );
  }
  // Where only the end of the output is kept, this is what is left of a failure.
  for (const { title, counts } of outcomes)
    for (const failure of counts.failures) console.log(`\nfailed in ${title}: ${failure}`);
  const sum = (/** @type {'passed' | 'failed'} */ key) =>
    outcomes.reduce((total, { counts }) => total + counts[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
}
