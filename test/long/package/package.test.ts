import assert from 'node:assert/strict';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { TestLake } from '../../support/lake.ts';

const minute = 60_000;
const mostMegabytes = 115;
const mostPackages = 12;
/** Besides the one that runs the tests. */
const otherNodes = ['22', '24'];

/** Not packed, large or written by other processes. */
const left = ['node_modules', '.git', 'dist', 'test', 'bench', 'target'];

// What `npx cryptodm` starts for people who install the package.
describe('the packed package in an empty folder', function () {
  this.timeout(10 * minute);
  let root: string;
  let lake: TestLake | undefined;
  const folder = () => join(root, 'empty');
  const program = () => join(folder(), 'node_modules', 'cryptodm', 'bin.js');

  const run = async (node: string, ...args: string[]) => {
    const env = { ...lake?.env };
    const { stdout } = await execa(node, [program(), ...args], { cwd: folder(), env, stdin: 'ignore' });
    return stdout;
  };

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'cryptodm-package-'));
    // A copy, because the build of a package removes what other tests run.
    const copy = join(root, 'copy');
    cpSync(process.cwd(), copy, {
      recursive: true,
      filter: (path) => !left.includes(basename(path)),
    });
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
    await execa('npm', ['pack', '--pack-destination', root], { cwd: copy, stdin: 'ignore' });
    const packed = readdirSync(root).find((name) => name.endsWith('.tgz')) ?? '';
    mkdirSync(folder());
    writeFileSync(join(folder(), 'package.json'), '{"private": true}');
    const quiet = ['--no-audit', '--no-fund'];
    await execa('npm', ['install', ...quiet, join(root, packed)], { cwd: folder(), stdin: 'ignore' });
  });

  after(async () => {
    await lake?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it(`installs in ${String(mostMegabytes)} MB, with the native library of one platform`, async () => {
    const megabytes = bytesIn(join(folder(), 'node_modules')) / 1e6;
    assert.ok(megabytes <= mostMegabytes, `${megabytes.toFixed(1)} MB`);
    const { stdout } = await execa('npm', ['ls', '--all', '--parseable'], { cwd: folder(), stdin: 'ignore' });
    const packages = stdout.split('\n').slice(1);
    assert.ok(packages.length <= mostPackages, packages.join('\n'));
    const bindings = packages.filter((path) => /@duckdb\/node-bindings-/.test(path));
    assert.equal(bindings.length, 1, bindings.join('\n'));
  });

  it('starts a lake, reads it with every Node that is supported, and takes it down', async () => {
    lake = await TestLake.prepare();
    const nodes = [process.execPath, ...(await fetchNodes(join(root, 'nodes')))];
    for (const node of nodes) assert.match(await run(node, '--help'), /Usage: cryptodm/);
    await run(process.execPath, 'up', '--source', 'simulate');
    for (const node of nodes) {
      await run(node, 'doctor');
      const rows = await run(node, 'query', 'select count(*) as n from crypto_db.crypto_quote', '--format', 'json');
      assert.ok((JSON.parse(rows) as { n: number }[])[0]?.n, node);
    }
    const page = await lake.askDashboard('/lightweight-charts.mjs');
    assert.equal(page.status, 200);
    await run(process.execPath, 'down', '--yes');
  });
});

/** Programs of other Node versions, which npm has as packages. */
async function fetchNodes(folder: string): Promise<string[]> {
  mkdirSync(folder);
  const its = `node-${process.platform}-${process.arch}`;
  const installs = otherNodes.map((version) => `node${version}@npm:${its}@${version}`);
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  await execa('npm', ['install', '--no-audit', '--no-fund', ...installs], { cwd: folder, stdin: 'ignore' });
  return otherNodes.map((version) => join(folder, 'node_modules', `node${version}`, 'bin', 'node'));
}

function bytesIn(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}
