// Installs a packed package below a prefix and uses it as a stranger would, from another folder: a lake on this machine, by each Node.
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { filesBelow, uninstallPackage } from './installer-trial.ts';

/** What a package may take when it is installed, with the native libraries of one platform. */
export const mostMegabytes = 150;

const quiet = ['--no-audit', '--no-fund'];

/** Programs of Node versions, which npm has as packages, by version. */
export async function fetchNodes(folder: string, versions: readonly string[]): Promise<Map<string, string>> {
  mkdirSync(folder, { recursive: true });
  const its = `node-${process.platform}-${process.arch}`;
  const installs = versions.map((version) => `node${version}@npm:${its}@${version}`);
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  await execa('npm', ['install', ...quiet, ...installs], { cwd: folder, stdin: 'ignore' });
  return new Map(
    versions.map((version) => [version, join(folder, 'node_modules', `node${version}`, 'bin', 'node')] as const),
  );
}

/** Installs a packed package as a program of this user. @param prefix gets `bin` and `lib` @returns the path of its program */
export async function installPackage(file: string, prefix: string): Promise<string> {
  await execa('npm', ['install', '--global', '--prefix', prefix, ...quiet, file], { stdin: 'ignore' });
  return join(prefix, 'bin', 'cryptodm');
}

export function megabytesOf(path: string): number {
  const bytesIn = (at: string): number => {
    const found = lstatSync(at);
    if (!found.isDirectory()) return found.size;
    return readdirSync(at).reduce((sum, name) => sum + bytesIn(join(at, name)), 0);
  };
  return bytesIn(path) / 1e6;
}

/**
 * One lake with the installed package: started, read by each Node, and taken down.
 * @param nodes the first one starts it
 * @param say gets a line for each step
 */
export async function smokePackage(file: string, nodes: readonly string[], say: (line: string) => void): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'cryptodm-smoke-'));
  const [prefix, folder] = [join(root, 'prefix'), join(root, 'empty')];
  const data = ['--data', join(root, 'lake')];
  const [first = process.execPath] = nodes;
  let program = '';
  const run = async (node: string, ...args: string[]): Promise<string> => {
    // A child of the program starts the same Node.
    const env = { PATH: [join(node, '..'), process.env['PATH']].join(delimiter) };
    return (await execa(node, [program, ...args], { cwd: folder, env, stdin: 'ignore' })).stdout;
  };
  try {
    mkdirSync(folder);
    program = await installPackage(file, prefix);
    const megabytes = megabytesOf(prefix);
    say(`installed: ${megabytes.toFixed(1)} MB`);
    assert.ok(megabytes <= mostMegabytes, `${megabytes.toFixed(1)} MB, at most ${String(mostMegabytes)}`);
    for (const node of nodes) {
      assert.match(await run(node, '--help'), /Usage: cryptodm/);
      say(`--help: ${(await execa(node, ['--version'], { stdin: 'ignore' })).stdout}`);
    }
    const started = Date.now();
    await run(first, 'up', '--source', 'simulate', '--any-port', ...data);
    say(`up: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    for (const node of nodes) {
      const sql = 'select count(*) as n from crypto_db.crypto_quote';
      const [row] = JSON.parse(await run(node, 'query', sql, '--format', 'json', ...data)) as { n: number }[];
      assert.ok((row?.n ?? 0) > 0, 'there are quotes');
      say(`query: ${String(row?.n)} quotes`);
    }
    await run(first, 'down', '--yes', ...data);
    await uninstallPackage(prefix);
    program = '';
    assert.deepEqual([...filesBelow(prefix), ...filesBelow(folder)], []);
    say('down and uninstalled: nothing is left');
  } finally {
    // Without it a failed run would leave servers behind.
    if (program !== '') await run(first, 'down', '--yes', ...data).catch(() => undefined);
    rmSync(root, { recursive: true, force: true });
  }
}
