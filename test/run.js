// The whole proof, from a clean clone: sets up what is missing, then format, lint, types, JVM tests and all mocha suites.
// Plain JavaScript without a dependency, because at its start none is installed.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = mkdtempSync(join(tmpdir(), 'cryptodm-reports-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What failed, told once more at the end: the whole output is long. */
const faults = [];
const started = Date.now();
/** Seconds of each section, told at the end: what takes long is seen there. */
const durations = [];
const say = (text) => process.stdout.write(`${text}\n`);

/** Runs one section of the proof and keeps its time. */
async function section(title, work) {
  say(`\n== ${title}`);
  return timed(title, work);
}

async function timed(title, work) {
  const from = Date.now();
  try {
    return await work();
  } finally {
    durations.push(`${String(Math.round((Date.now() - from) / 1000)).padStart(6)} s  ${title}`);
  }
}

/** Runs a command with this terminal, or another place for what it says; resolves to its exit code. */
function run(command, args, env = {}, output = 'inherit') {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
    });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function count(passed, failed, skipped = 0) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

function end() {
  rmSync(reports, { recursive: true, force: true });
  for (const fault of faults) say(`\nFAILED ${fault}`);
  say(`\n${durations.join('\n')}\n${String(Math.round((Date.now() - started) / 1000)).padStart(6)} s`);
  say(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
  process.exit(totals.failed === 0 ? 0 : 1);
}

/** A step that has no count of its own counts as one test. */
async function step(title, command, args, env) {
  const code = await section(title, () => run(command, args, env));
  count(code === 0 ? 1 : 0, code === 0 ? 0 : 1);
  if (code !== 0) faults.push(`${title}: exit code ${code}`);
  return code === 0;
}

function mochaRun(title, folder) {
  const report = join(reports, `${title.replace(/\W+/g, '-')}.json`);
  const args = ['mocha', '--reporter', './test/support/counting-reporter.cjs', `${folder}/**/*.test.ts`];
  return { command: 'npx', args, env: { CRYPTODM_TEST_REPORT: report }, report };
}

function countMocha(title, report, code) {
  const nothing = { passed: 0, failed: 0, skipped: 0, faults: [`exit code ${code} and no report`] };
  const counted = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : nothing;
  count(counted.passed, Math.max(counted.failed, code === 0 ? 0 : 1), counted.skipped);
  if (code !== 0) faults.push(...counted.faults.map((fault) => `${title}: ${fault}`));
  if (code === 0 && counted.passed === 0) count(0, 1);
}

async function mocha(title, folder) {
  const { command, args, env, report } = mochaRun(title, folder);
  countMocha(title, report, await section(title, () => run(command, args, env)));
}

/** Begins what runs beside others. @returns what waits for its end, tells what it said, and answers its exit code */
function begin(title, { command, args, env }) {
  const log = join(reports, `${title.replace(/\W+/g, '-')}.log`);
  const output = openSync(log, 'w');
  const running = timed(title, () => run(command, args, env, output));
  return async () => {
    const code = await running;
    closeSync(output);
    say(`\n== ${title}\n${readFileSync(log, 'utf8')}`);
    return code;
  };
}

/** As `mocha`, beside others. @returns what waits for its end and counts */
function beginMocha(title, folder) {
  const suites = mochaRun(title, folder);
  const ended = begin(title, suites);
  return async () => countMocha(title, suites.report, await ended());
}

/** Counts of Surefire's and ScalaTest's XML reports that were written since the run began. */
function countJvm() {
  const found = { tests: 0, failed: 0, skipped: 0, suites: [] };
  for (const module of readdirSync(join(root, 'jars'))) {
    const folder = join(root, 'jars', module, 'target', 'surefire-reports');
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).filter((file) => /^TEST-.*\.xml$/.test(file))) {
      if (statSync(join(folder, name)).mtimeMs < started) continue;
      const suite = /<testsuite\b[^>]*>/.exec(readFileSync(join(folder, name), 'utf8'))?.[0] ?? '';
      const number = (attribute) => Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(suite)?.[1] ?? 0);
      found.tests += number('tests');
      const failed = number('failures') + number('errors');
      found.failed += failed;
      if (failed > 0) found.suites.push(name);
      found.skipped += number('skipped');
    }
  }
  return found;
}

/** Begins the JVM's tests: half of their time is one long test on one processor. @returns what waits for their end and counts */
function beginJvm() {
  const ended = begin('JVM: contracts, producers, tables, jobs', {
    command: 'node',
    args: ['--import', 'tsx', 'test/support/jvm-tests.ts'],
  });
  return async () => {
    const code = await ended();
    const { tests, failed, skipped, suites } = countJvm();
    count(tests - failed - skipped, Math.max(failed, code === 0 ? 0 : 1), skipped);
    if (code !== 0) faults.push(`JVM: exit code ${code} ${suites.join(' ')}`);
  };
}

if (
  !existsSync(join(root, 'node_modules')) ||
  statSync(join(root, 'package-lock.json')).mtimeMs > statSync(join(root, 'node_modules')).mtimeMs
) {
  if (!(await step('packages', 'npm', ['ci', '--no-audit', '--no-fund']))) end();
}
await step('format, lint, types', 'npm', ['run', '--silent', 'check']);
await step('build', 'npm', ['run', '--silent', 'build']);
// What real servers need is fetched and built once; without it only what needs none is tested.
const ready = await step('set-up', './cryptodm', ['setup']);
// Terraform is what we can't install: without it nothing of an account can be made.
const terraform = ready && (await run('terraform', ['version'])) === 0;
// Beside them runs what waits half of its time, too.
const jvm = beginJvm();
await mocha('unit', 'test/unit');
await mocha('infrastructure', 'test/synth');
if (terraform) {
  await step('ansible-lint', 'npm', ['run', '--silent', 'check:ansible']);
  await step('checkov', 'npm', ['run', '--silent', 'check:infra']);
  await mocha('parts of an account', 'test/integration-aws');
}
await jvm();
// Half of its time it waits, too: as long as the provider rests between two looks.
const account = terraform ? beginMocha('a lake in an account', 'test/aws') : undefined;
if (ready) {
  await mocha('integration', 'test/integration');
  await mocha('end to end', 'test/e2e');
  await mocha('faults', 'test/faults');
  await mocha('benchmarks', 'test/bench');
}
if (account !== undefined) await account();
else say('\n== what an account needs: skipped, there is no Terraform');
end();
