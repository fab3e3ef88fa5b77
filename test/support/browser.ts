import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { chromium, type Browser } from 'playwright-core';
import { findOnPath } from '../../src/tools/path-search.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * A browser of this machine, or the reason why there is none. Installs Debian's Chromium where possible.
 * @param hosts names that lead to this machine
 */
export async function openBrowser(...hosts: string[]): Promise<Browser | string> {
  const path = findBrowser() ?? (await installBrowser());
  if (path === undefined) return 'no Chromium here, and it can be installed on Debian as root only';
  // Chromium's sandbox does not work for root.
  const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage'];
  if (hosts.length > 0) args.push(`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',')}`);
  return chromium.launch({ executablePath: path, args });
}

function findBrowser(): string | undefined {
  return names.map((name) => findOnPath(name, process.env)).find((path) => path !== undefined);
}

async function installBrowser(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => execa('apt-get', args, { env, reject: false, stdin: 'ignore', timeout: 300_000 });
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  return findBrowser();
}
