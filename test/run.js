// "npm test": what every change must pass, from a clean clone. It sets up what is missing and runs the quick sections of
// test/sections.js in two lanes beside each other. What is slower: "npm run test:long".
import { longSections, quickSections } from './sections.js';
import { installPackages, nameOf, runItem, succeeds } from './runner.js';

const started = Date.now();
const totals = { passed: 0, failed: 0, skipped: 0 };
/** Failures, printed again at the end because the output is long. */
const faults = [];
const tests = [];
const times = [];
const say = (text) => process.stdout.write(`${text}\n`);
const seconds = (value) => `${String(Math.round(value)).padStart(6)} s`;

function count(title, result) {
  totals.passed += result.passed;
  totals.failed += result.failed;
  totals.skipped += result.skipped;
  faults.push(...result.faults.map((fault) => `${title}: ${fault}`));
  tests.push(...result.tests);
}

function end() {
  const slowest = tests.sort((one, other) => other.ms - one.ms).slice(0, 10);
  say(`\nThe slowest tests:\n${slowest.map(({ title, ms }) => `${seconds(ms / 1000)}  ${title}`).join('\n')}`);
  for (const fault of faults) say(`\nFAILED ${fault}`);
  say(`\n${times.join('\n')}\n${seconds((Date.now() - started) / 1000)}  in all`);
  say(`Slower sections, by "npm run test:long -- SECTION": ${longSections.map(({ name }) => name).join(', ')}`);
  say(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
  process.exit(totals.failed === 0 ? 0 : 1);
}

const packages = await installPackages();
if (packages !== undefined) {
  count('packages', packages);
  times.push(`${seconds(packages.seconds)}    packages`);
  if (packages.failed > 0) end();
}

let tellReady;
/** Whether the servers and jars exist. */
const ready = new Promise((resolve) => (tellReady = resolve));
/** What a section may need, and the message when it is missing. */
const needs = {
  setup: { missing: 'the set-up failed', there: () => ready },
  // Terraform is the only thing that this run can't install; the tests of an account need it.
  terraform: { missing: 'there is no Terraform', there: () => succeeds(['terraform', 'version']) },
};

async function runSection({ name, lane, items, needs: needed = [] }) {
  for (const need of needed) {
    if (await needs[need].there()) continue;
    say(`\n== ${name}: left out, ${needs[need].missing}`);
    return;
  }
  say(`\n-- ${name} begins after ${Math.round((Date.now() - started) / 1000)} s`);
  const from = Date.now();
  let passed = true;
  for (const item of items) {
    const result = await runItem(item, true);
    passed &&= result.failed === 0;
    count(items.length > 1 ? `${name}, ${nameOf(item)}` : name, result);
  }
  times.push(`${seconds((Date.now() - from) / 1000)}  ${lane} ${name}`);
  if (name === 'set-up') tellReady(passed);
}

const lane = async (letter) => {
  for (const section of quickSections.filter((one) => one.lane === letter)) await runSection(section);
};
await Promise.all([lane('a'), lane('b')]);
end();
