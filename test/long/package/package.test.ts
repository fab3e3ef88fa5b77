import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { execa } from 'execa';
import { filesBelow, openHome, uninstallPackage } from '../../../build/release/installer-trial.ts';
import { packPackage } from '../../../build/release/package.ts';
import { fetchNodes, installPackage, megabytesOf, mostMegabytes } from '../../../build/release/smoke.ts';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { TestLake } from '../../support/lake.ts';

const minute = 60_000;
const mostPackages = 12;

// `npm install --global` by a user who has no checkout.
describe('the packed package, installed below a prefix', function () {
  this.timeout(10 * minute);
  let root: string;
  let program: string;
  let home: { cwd: string; env: Record<string, string> };
  let lake: TestLake | undefined;
  const prefix = () => join(root, 'prefix');
  const folder = () => join(root, 'empty');
  const packageFolder = () => join(prefix(), 'lib', 'node_modules', 'cryptodm');

  const run = async (node: string, ...args: string[]) => {
    // The servers are there, so Maven would be started for a build only.
    const env = { ...home.env, ...lake?.env, CRYPTODM_MVN: '/bin/false' };
    const { stdout } = await execa(node, [program, ...args], { cwd: folder(), env, stdin: 'ignore' });
    return stdout;
  };

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'cryptodm-package-'));
    mkdirSync(folder());
    home = await openHome(join(root, 'home'));
    // What was downloaded here already.
    home.env['CRYPTODM_PATHS_CACHE'] = process.env['CRYPTODM_PATHS_CACHE'] ?? cacheFolder(thisMachine(process.env));
    const { file } = await packPackage(join(root, 'release'), 'acme/cryptodm');
    program = await installPackage(file, prefix());
  });

  after(async () => {
    await lake?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it('is on PATH by its name, from any folder', async () => {
    const env = { ...home.env, PATH: [join(prefix(), 'bin'), process.env['PATH']].join(delimiter) };
    for (const cwd of ['/', folder(), home.cwd]) {
      const { stdout } = await execa('cryptodm', ['--help'], { cwd, env, stdin: 'ignore' });
      assert.match(stdout, /Usage: cryptodm/);
    }
  });

  it(`installs in ${String(mostMegabytes)} MB, with the native library of one platform`, async () => {
    const megabytes = megabytesOf(prefix());
    assert.ok(megabytes <= mostMegabytes, `${megabytes.toFixed(1)} MB`);
    const args = ['ls', '--global', '--prefix', prefix(), '--all', '--parseable'];
    const { stdout } = await execa('npm', args, { stdin: 'ignore' });
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
    const replay = join(packageFolder(), 'examples', 'btc-usd-1m-2023-03-10.csv');
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

  it('leaves no file but those that docs/install.md names, once it is removed', async () => {
    const written = [...filesBelow(home.cwd), ...filesBelow(folder())].map((path) => relative(home.cwd, path));
    assert.deepEqual(written, []);
    await uninstallPackage(prefix());
    assert.deepEqual(filesBelow(prefix()), []);
  });
});
