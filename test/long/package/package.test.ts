import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { packPackage } from '../../../build/release/package.ts';
import { fetchNodes, installPackage, megabytesOf, mostMegabytes } from '../../../build/release/smoke.ts';
import { TestLake } from '../../support/lake.ts';

const minute = 60_000;
const mostPackages = 12;

// What `npx cryptodm` starts for people who install the package.
describe('the packed package in an empty folder', function () {
  this.timeout(10 * minute);
  let root: string;
  let program: string;
  let lake: TestLake | undefined;
  const folder = () => join(root, 'empty');

  const run = async (node: string, ...args: string[]) => {
    // The servers are there, so Maven would be started for a build only.
    const env = { ...lake?.env, CRYPTODM_MVN: '/bin/false' };
    const { stdout } = await execa(node, [program, ...args], { cwd: folder(), env, stdin: 'ignore' });
    return stdout;
  };

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'cryptodm-package-'));
    const { file } = await packPackage(join(root, 'release'), 'acme/cryptodm');
    program = await installPackage(file, folder());
  });

  after(async () => {
    await lake?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it(`installs in ${String(mostMegabytes)} MB, with the native library of one platform`, async () => {
    const megabytes = megabytesOf(join(folder(), 'node_modules'));
    assert.ok(megabytes <= mostMegabytes, `${megabytes.toFixed(1)} MB`);
    const { stdout } = await execa('npm', ['ls', '--all', '--parseable'], { cwd: folder(), stdin: 'ignore' });
    const packages = stdout.split('\n').slice(1);
    assert.ok(packages.length <= mostPackages, packages.join('\n'));
    const bindings = packages.filter((path) => /@duckdb\/node-bindings-/.test(path));
    assert.equal(bindings.length, 1, bindings.join('\n'));
  });

  it('starts a lake without building anything, reads it with every Node that is supported, and takes it down', async () => {
    lake = await TestLake.prepare();
    const others = await fetchNodes(join(root, 'nodes'), ['22', '24']);
    const nodes = [process.execPath, ...others.values()];
    for (const node of nodes) assert.match(await run(node, '--help'), /Usage: cryptodm/);
    const replay = join(folder(), 'node_modules', 'cryptodm', 'examples', 'btc-usd-1m-2023-03-10.csv');
    await run(process.execPath, 'up', '--source', `replay:${replay}`);
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
