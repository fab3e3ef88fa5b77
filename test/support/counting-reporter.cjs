// Mocha's usual report, and a file with counts and times for test/runner.js.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** characters from the start and the end of a failure that the summary of the whole run repeats */
const longestPart = 600;

function shorten(message) {
  if (message.length <= 2 * longestPart) return message;
  return `${message.slice(0, longestPart)}\n…\n${message.slice(-longestPart)}`;
}

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const faults = [];
    const tests = [];
    runner.on('pass', (test) => tests.push({ title: test.titlePath().join(' > '), ms: test.duration ?? 0 }));
    // Hooks take time that belongs to no test.
    runner.on('hook end', (hook) => {
      if ((hook.duration ?? 0) > 1000) tests.push({ title: hook.titlePath().join(' > '), ms: hook.duration });
    });
    runner.on('fail', (test, error) => {
      faults.push(`${test.titlePath().join(' > ')}: ${shorten(String(error?.message ?? error))}`);
    });
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      const file = process.env.CRYPTODM_TEST_REPORT;
      if (file)
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, faults, tests }));
    });
  }
};
