/** The spec reporter, which also writes its counts down, so that `npm test` can add up several runs. */
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

class CountingReporter extends reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const file = process.env['CAMERA_SERVICE_TEST_COUNTS'];
    if (file === undefined) return;
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      appendFileSync(file, `${JSON.stringify({ passed: passes, failed: failures })}\n`);
    });
  }
}

module.exports = CountingReporter;
