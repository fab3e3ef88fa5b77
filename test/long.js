// "npm run test:long -- SECTION...": the slower sections of test/sections.js. Skips what has passed at this commit, so that a
// stopped run goes on where it was; "--again" runs everything. Without a section it lists them with their last results.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resultsFolder } from '../build/cache.js';
import { longSections } from './sections.js';
import { installPackages, nameOf, root, runItem, succeeds } from './runner.js';

const say = (text) => process.stdout.write(`${text}\n`);
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const fileOf = (commit, section) => join(resultsFolder(), commit, `${section}.json`);
const isPassed = (result) => result !== undefined && result.failed === 0 && result.skipped === 0;

function read(commit, section) {
  const file = fileOf(commit, section);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { section, commit, items: {} };
}

function write(results) {
  const file = fileOf(results.commit, results.section);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

/** The newest result of a section, of any commit. */
function lastOf(section) {
  const folder = resultsFolder();
  const files = (existsSync(folder) ? readdirSync(folder) : [])
    .map((commit) => fileOf(commit, section))
    .filter((file) => existsSync(file));
  const [last] = files.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  return last === undefined ? undefined : JSON.parse(readFileSync(last, 'utf8'));
}

function list() {
  const head = git('rev-parse', 'HEAD');
  say('npm run test:long -- SECTION...\n');
  for (const { name, holds, items, seconds } of longSections) {
    say(`${name} (about ${Math.max(1, Math.round(seconds / 60))} min)\n    ${holds}`);
    const last = lastOf(name);
    if (last === undefined) {
      say('    never run here');
      continue;
    }
    const results = items.map((item) => last.items[nameOf(item)]);
    const passed = results.filter(isPassed).length;
    const took = results.reduce((sum, result) => sum + (result?.seconds ?? 0), 0);
    const where = last.commit === head ? 'this commit' : last.commit.slice(0, 9);
    say(`    at ${where}: ${passed} of ${items.length} parts passed, ${Math.round(took)} s`);
  }
}

/** @returns whether everything of the section has passed */
async function runSection({ name, items, needs = [] }, commit, again) {
  if (needs.includes('terraform') && !(await succeeds(['terraform', 'version']))) {
    say(`\n== ${name}: it needs Terraform, which is not installed`);
    return false;
  }
  const results = read(commit ?? 'none', name);
  if (commit === undefined || again) results.items = {};
  const totals = { passed: 0, failed: 0, skipped: 0, seconds: 0 };
  const faults = [];
  for (const item of items) {
    const title = nameOf(item);
    const before = results.items[title];
    if (isPassed(before)) say(`\n== ${title}: passed at this commit on ${before.at}`);
    else {
      say(`\n== ${title}`);
      const result = await runItem(item);
      delete result.tests;
      results.items[title] = { ...result, at: new Date().toISOString() };
      if (commit !== undefined) write(results);
    }
    const result = results.items[title];
    for (const key of Object.keys(totals)) totals[key] += result[key];
    faults.push(...result.faults.map((fault) => `${title}: ${fault}`));
  }
  for (const fault of faults) say(`\nFAILED ${fault}`);
  say(`\n${name}, ${Math.round(totals.seconds)} s:`);
  say(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
  return totals.failed === 0;
}

const args = process.argv.slice(2);
const asked = args.filter((arg) => arg !== '--again');
const unknown = asked.filter((name) => !longSections.some((section) => section.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No such section: ${unknown.join(', ')}. "npm run test:long" lists them.\n`);
  process.exit(2);
}
if (asked.length === 0) list();
else {
  const changed = git('status', '--porcelain') !== '';
  if (changed) say('There are changes that are not committed: every part is run, and no result is stored.');
  const commit = changed ? undefined : git('rev-parse', 'HEAD');
  const prepared = [
    (await installPackages()) ?? { failed: 0 },
    await runItem({ name: 'build', command: ['npm', 'run', '--silent', 'build'] }),
    await runItem({ name: 'set-up', command: ['./cryptodm', 'setup'] }),
  ];
  if (prepared.some(({ failed }) => failed > 0)) process.exit(1);
  let sound = true;
  for (const section of longSections.filter(({ name }) => asked.includes(name))) {
    sound = (await runSection(section, commit, args.includes('--again'))) && sound;
  }
  process.exitCode = sound ? 0 : 1;
}
