// Uses what installs a release as a user would: from the address of the release, into a prefix of its own, and removes it again.
import assert from 'node:assert/strict';
import { createReadStream, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';

export interface Installers {
  version: string;
  /** the package */
  file: string;
  /** install.sh, beside the package */
  script: string;
  /** of brew */
  formula: string;
}

/**
 * Reads both files by their own interpreters, then runs the script by a server on this machine.
 * @param folder that does not exist yet
 * @param say gets a line for each step, also for what was not looked at
 */
export async function tryInstallers(release: Installers, folder: string, say: (line: string) => void): Promise<void> {
  const { version, file, script, formula } = release;
  const looked = [];
  for (const [name, ...args] of [
    ['sh', '-n', script],
    ['shellcheck', script],
    ['ruby', '-c', formula],
  ] as [string, ...string[]][]) {
    looked.push((await check(name, args)) ? `${name}: ok` : `${name} is not here`);
  }
  say(`install.sh and cryptodm.rb: ${looked.join(', ')}; brew was not run`);
  const prefix = join(folder, 'prefix');
  const home = await openHome(join(folder, 'home'));
  const run = (from: string) =>
    execa('sh', [script, '--prefix', prefix, '--from', from], { ...home, reject: false, stdin: 'ignore' });
  const server = await serve(dirname(file));
  try {
    const { exitCode, stderr } = await run(server.url(cutShort));
    assert.equal(exitCode, 6, stderr);
    assert.match(stderr, /is not that of the release: nothing was installed/);
    assert.deepEqual(filesBelow(prefix), []);
    const installed = await run(server.url(''));
    assert.equal(installed.exitCode, 0, installed.stderr);
  } finally {
    server.close();
  }
  const env = { ...home.env, PATH: [join(prefix, 'bin'), process.env['PATH']].join(delimiter) };
  const { stdout } = await execa('cryptodm', ['--version'], { cwd: '/', env, stdin: 'ignore' });
  assert.equal(stdout.split(' ')[0], version);
  await uninstallPackage(prefix, home.env);
  assert.deepEqual([...filesBelow(prefix), ...filesBelow(home.cwd)], []);
  say('install.sh: installed, by name from another folder, removed without a file left');
}

/** Removes a package that was installed below a prefix. */
export async function uninstallPackage(prefix: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  await execa('npm', ['uninstall', '--global', '--prefix', prefix, 'cryptodm'], { env, stdin: 'ignore' });
}

/** Paths of all files below a folder, which may be missing. */
export function filesBelow(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
  } catch {
    return [];
  }
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

/** A user's empty home, in which npm keeps its settings and its cache: how it reaches its registry is a fact of this machine. */
export async function openHome(home: string): Promise<{ cwd: string; env: Record<string, string> }> {
  mkdirSync(home, { recursive: true });
  const ask = async (key: string) => (await execa('npm', ['config', 'get', key], { stdin: 'ignore' })).stdout;
  const [userconfig, cache] = [await ask('userconfig'), await ask('cache')];
  return { cwd: home, env: { HOME: home, npm_config_userconfig: userconfig, npm_config_cache: cache } };
}

/** @returns whether it is on this machine @throws Error when it finds a fault */
async function check(name: string, args: string[]): Promise<boolean> {
  const ran = await execa(name, args, { reject: false, stdin: 'ignore', all: true });
  if (ran.code === 'ENOENT') return false;
  assert.equal(ran.exitCode, 0, `${name}: ${ran.all}`);
  return true;
}

/** Below this address packages lack their end. */
const cutShort = 'cut/';

/** Serves the files of a folder on this machine, as GitHub does those of a release. */
async function serve(folder: string): Promise<{ url: (path: string) => string; close: () => void }> {
  const server = createServer(({ url = '' }, response) => {
    const path = join(folder, basename(url));
    if (url.startsWith(`/${cutShort}`)) response.end(readFileSync(path).subarray(0, -1));
    else createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: (path) => `http://127.0.0.1:${String(port)}/${path}`, close: () => server.close() };
}
