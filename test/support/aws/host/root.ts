import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** The root file system of a small Debian, in place of the cloud's machine image. */

/** Raise it when the build of the root changes. */
const version = 1;
const recipe = {
  version,
  suite: 'bookworm',
  packages: [
    ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'openssh-server', 'sudo', 'procps', 'logrotate'],
    ...[
      'python3',
      'python3-apt',
      'python3-botocore',
      'ca-certificates',
      'ca-certificates-java',
      'openjdk-17-jre-headless',
    ],
  ],
};
const agent = join(import.meta.dirname, 'agent');

/** Makes sure that the root is in the cache; takes about two minutes the first time. @returns its folder, which stays read-only */
export async function prepareRoot(cache: string, log: string): Promise<string> {
  const folder = join(cache, `host-${hashRecipe()}`);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${String(process.pid)}`;
  try {
    const packages = `--include=${recipe.packages.join(',')}`;
    const args = ['--variant=minbase', '--components=main', packages, recipe.suite, temporary, await findMirror()];
    await execa('debootstrap', args, { stdin: 'ignore', stdout: { file: log }, stderr: { file: log } });
    for (const [path, text] of Object.entries(files)) write(temporary, path, text);
    await publishAgent(temporary);
    await inside(temporary, ['useradd', '--create-home', '--shell', '/bin/bash', 'ec2-user']);
    const masked = ['systemd-networkd', 'systemd-resolved', 'systemd-timesyncd', 'systemd-logind', 'console-getty'];
    await inside(temporary, [
      'systemctl',
      '--quiet',
      'mask',
      ...masked.map((unit) => `${unit}.service`),
      'getty.target',
    ]);
    await inside(temporary, ['systemctl', '--quiet', 'enable', 'trust.service']);
    await inside(temporary, ['apt-get', 'clean']);
    await inside(temporary, ['apt-get', 'update']);
    publish(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

function publish(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another run has published it first.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function hashRecipe(): string {
  const hash = createHash('sha256').update(JSON.stringify([recipe, files, control]));
  for (const name of readdirSync(agent).sort()) hash.update(readFileSync(join(agent, name)));
  return hash.digest('hex').slice(0, 12);
}

/** The Debian sources of this machine's apt. @throws Error when there are none */
export async function findMirror(): Promise<string> {
  const format = '$(ORIGIN)|$(LABEL)|$(REPO_URI)';
  const { stdout } = await execa('apt-get', ['indextargets', '--format', format, 'Identifier: Packages']);
  const mirror = stdout
    .split('\n')
    .find((line) => line.startsWith('Debian|Debian|'))
    ?.split('|')[2];
  if (mirror === undefined) throw new Error('apt has no source of Debian’s packages; "apt-get update" makes it known');
  return mirror;
}

/** A unit that adds the trusted certificates at each boot, before SSH accepts logins. */
const trust = `[Unit]
Description=Trust the given authorities
ConditionPathExists=/usr/local/share/ca-certificates/given.crt
Before=ssh.service
[Service]
Type=oneshot
ExecStart=/usr/sbin/update-ca-certificates
[Install]
WantedBy=multi-user.target
`;

const files: Record<string, string> = {
  'etc/hostname': '',
  'etc/hosts': '127.0.0.1 localhost producers\n::1 localhost\n',
  'etc/sudoers.d/ec2-user': 'ec2-user ALL=(ALL) NOPASSWD:ALL\n',
  'etc/systemd/system/trust.service': trust,
  'etc/systemd/journald.conf.d/console.conf':
    '[Journal]\nStorage=volatile\nForwardToConsole=yes\nMaxLevelConsole=info\n',
  // A deployment installs from this source, so the host needs no network.
  'etc/apt/sources.list': 'deb [trusted=yes] file:/opt/packages ./\n',
};

const control = `Package: amazon-cloudwatch-agent
Version: 1.0
Architecture: all
Maintainer: tests
Depends: python3-botocore
Description: Stand-in for the agent
`;

/** The agent as a package in a local source, so that the tests cover its installation. */
async function publishAgent(root: string): Promise<void> {
  const packages = join(root, 'opt/packages');
  const tree = join(root, 'opt/agent');
  const home = 'opt/aws/amazon-cloudwatch-agent';
  mkdirSync(join(tree, home, 'etc'), { recursive: true });
  mkdirSync(packages, { recursive: true });
  cpSync(agent, join(tree, home, 'bin'), { recursive: true });
  write(tree, 'DEBIAN/control', control);
  write(tree, 'DEBIAN/postinst', '#!/bin/sh\nid cwagent >/dev/null 2>&1 || useradd --system cwagent\n');
  chmodSync(join(tree, 'DEBIAN/postinst'), 0o755);
  await inside(root, ['dpkg-deb', '--build', '--root-owner-group', '/opt/agent', '/opt/packages/agent.deb']);
  rmSync(tree, { recursive: true });
  const { stdout } = await inside(root, ['dpkg-deb', '--field', '/opt/packages/agent.deb']);
  const file = readFileSync(join(packages, 'agent.deb'));
  const sha256 = createHash('sha256').update(file).digest('hex');
  const entry = `${stdout}\nFilename: ./agent.deb\nSize: ${String(file.length)}\nSHA256: ${sha256}\n`;
  writeFileSync(join(packages, 'Packages'), entry);
}

function inside(root: string, command: string[]) {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  return execa('chroot', [root, ...command], { env, extendEnv: false, stdin: 'ignore' });
}

function write(root: string, path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: path.startsWith('etc/sudoers') ? 0o440 : 0o644 });
}
