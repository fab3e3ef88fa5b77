// Mocha's own report for people, and its counts in a file for whoever adds them up.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** characters of a fault that are told again at the end of the whole run */
const longestMessage = 600;

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const faults = [];
    runner.on('fail', (test, error) => {
      faults.push(`${test.titlePath().join(' > ')}: ${String(error?.message ?? error).slice(0, longestMessage)}`);
    });
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      const file = process.env.CRYPTODM_TEST_REPORT;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, faults }));
    });
  }
};
