/** The spec reporter, which also writes down its counts and what failed, so that `npm test` can sum up several runs. */
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** Longest message of an error that is repeated in the summary. */
const MAX_WORDS = 500;

class CountingReporter extends reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const file = process.env['CAMERA_SERVICE_TEST_COUNTS'];
    if (file === undefined) return;
    /** @type {string[]} */
    const failed = [];
    runner.on('fail', (test, error) => {
      failed.push(`${test.fullTitle()}: ${String(error?.message ?? error).slice(0, MAX_WORDS)}`);
    });
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      appendFileSync(file, `${JSON.stringify({ passed: passes, failed: failures, failures: failed })}\n`);
    });
  }
}

module.exports = CountingReporter;
