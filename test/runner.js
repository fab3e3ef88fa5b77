// Runs items of test/sections.js and counts what passed. Plain JavaScript without a dependency: before "npm ci" there is none.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @typedef {object} Result
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} faults  what failed, and how
 * @property {{ title: string, ms: number }[]} tests  how long each took, where that is known
 * @property {number} seconds
 */

const folder = mkdtempSync(join(tmpdir(), 'cryptodm-proof-'));
let files = 0;

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Runs a command with its output to this terminal or to a file. @returns its exit code */
function run([command, ...args], env = {}, output = 'inherit') {
  return new Promise((resolve) => {
    const options = { cwd: root, stdio: ['ignore', output, output], env: { ...process.env, ...env } };
    const child = spawn(command, args, options);
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Whether a command succeeds; hides its output. */
export async function succeeds(command) {
  return (await run(command, {}, 'ignore')) === 0;
}

/** Installs the packages of package-lock.json where they are missing or older. @returns undefined when they were there */
export async function installPackages() {
  const modules = join(root, 'node_modules');
  const standing = existsSync(modules) ? statSync(modules).mtimeMs : 0;
  if (standing >= statSync(join(root, 'package-lock.json')).mtimeMs) return undefined;
  return runItem({ name: 'packages', command: ['npm', 'ci', '--no-audit', '--no-fund'] });
}

export const nameOf = ({ name, mocha, grep, jvm, command }) =>
  name ?? (mocha === undefined ? (command?.join(' ') ?? `jvm ${jvm}`) : [mocha, grep].filter(Boolean).join(' '));

/**
 * Runs an item.
 * @param {boolean} aside prints its output in one piece at its end, because other items run at the same time
 * @returns {Promise<Result>}
 */
export async function runItem(item, aside = false) {
  const from = Date.now();
  const base = join(folder, String((files += 1)));
  const report = `${base}.json`;
  const log = aside ? openSync(`${base}.log`, 'w') : undefined;
  const code = await run(commandOf(item), { CRYPTODM_TEST_REPORT: report }, log ?? 'inherit');
  if (log !== undefined) {
    closeSync(log);
    process.stdout.write(`\n== ${nameOf(item)}\n${readFileSync(`${base}.log`, 'utf8')}`);
  }
  const counted = item.jvm !== undefined ? countJvm(from) : item.mocha !== undefined ? readReport(report) : undefined;
  const { passed, failed, skipped, faults, tests } = counted ?? {
    ...{ passed: code === 0 ? 1 : 0, failed: 0, skipped: 0, faults: [], tests: [] },
  };
  const bad = code !== 0 || (passed === 0 && skipped === 0);
  if (bad && faults.length === 0) faults.push(`exit code ${code}, ${passed} passed`);
  return { passed, failed: Math.max(failed, bad ? 1 : 0), skipped, faults, tests, seconds: (Date.now() - from) / 1000 };
}

function commandOf({ mocha, grep, jvm, command }) {
  if (command !== undefined) return command;
  if (jvm !== undefined) return [process.execPath, '--import', 'tsx', 'test/support/jvm-tests.ts', jvm];
  const suites = mocha.endsWith('.ts') ? mocha : `${mocha}/**/*.test.ts`;
  const only = grep === undefined ? [] : ['--fgrep', grep];
  return ['npx', 'mocha', '--reporter', './test/support/counting-reporter.cjs', ...only, suites];
}

function readReport(file) {
  const nothing = { passed: 0, failed: 0, skipped: 0, faults: [], tests: [] };
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : nothing;
}

/** Folder and name of the reports of a module, of both lines of Spark. */
function reportsOf(target) {
  return [target, join(target, 'spark-4')]
    .map((folder) => join(folder, 'surefire-reports'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => [folder, name]))
    .filter(([, name]) => /^TEST-.*\.xml$/.test(name));
}

/** Counts of the XML reports of Surefire and ScalaTest that were written since a time. */
function countJvm(since) {
  const found = { passed: 0, failed: 0, skipped: 0, faults: [], tests: [] };
  for (const module of readdirSync(join(root, 'jars'))) {
    for (const [reports, name] of reportsOf(join(root, 'jars', module, 'target'))) {
      if (statSync(join(reports, name)).mtimeMs < since) continue;
      const suite = /<testsuite\b[^>]*>/.exec(readFileSync(join(reports, name), 'utf8'))?.[0] ?? '';
      const value = (attribute) => Number(new RegExp(`\\b${attribute}="([\\d.]+)"`).exec(suite)?.[1] ?? 0);
      const failed = value('failures') + value('errors');
      found.failed += failed;
      found.skipped += value('skipped');
      found.passed += value('tests') - failed - value('skipped');
      if (failed > 0) found.faults.push(name);
      found.tests.push({ title: name.replace(/^TEST-|\.xml$/g, ''), ms: Math.round(value('time') * 1000) });
    }
  }
  return found;
}
