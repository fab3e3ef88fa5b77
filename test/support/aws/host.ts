import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { bootMachine, haltMachine, type HostOptions } from './host/machine.ts';
import { prepareRoot } from './host/root.ts';

/** A booted host in place of an EC2 instance: a real systemd and SSH, on this machine's network. */
export interface Host {
  /** port of SSH on loopback */
  port: number;
  /** path of an ssh_config that maps all host names to this host */
  sshConfig: string;
  /** value of ANSIBLE_SSH_ARGS: this configuration, and connections that stay open between tasks, as in production */
  sshArgs: string;
  /** console and journal of the host so far */
  logs(): string;
  /** Runs a command on it as root, by SSH with a key. @returns its stdout; throws when it fails */
  run(key: string, ...command: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Commands that make and boot a host, with their Debian packages. */
const tools: Record<string, string> = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  ssh: 'openssh-client',
};

/** Why no host can be booted here, undefined when one can. */
export function hostAvailable(): string | undefined {
  if (process.platform !== 'linux') return 'a host needs Linux';
  if (process.getuid?.() !== 0) return 'a host needs root';
  if (missingTools().length > 0 && !isThere('apt-get')) return `a host needs ${missingTools().join(', ')}`;
  return undefined;
}

/** Installs the commands and builds the root file system; takes a few minutes the first time. @returns the root's folder */
export async function prepareHost(): Promise<string> {
  const cache = join(cacheFolder(thisMachine(process.env)), 'test');
  mkdirSync(cache, { recursive: true });
  const packages = missingTools().map((command) => tools[command] ?? command);
  if (packages.length > 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await execa('apt-get', ['update', '-qq'], { env, stdin: 'ignore' });
    await execa('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdin: 'ignore' });
  }
  return prepareRoot(cache, join(cache, 'host.log'));
}

/** Boots a pristine host. Call `stop` at the end. */
export async function startHost(options: HostOptions): Promise<Host> {
  const root = await prepareHost();
  const folder = mkdtempSync(join(tmpdir(), 'cryptodm-host-'));
  const machine = await bootMachine(root, folder, options);
  const sshConfig = join(folder, 'ssh_config');
  writeFileSync(sshConfig, renderSshConfig([{ names: ['*'], port: machine.port }]));
  return {
    port: machine.port,
    sshConfig,
    sshArgs: `-F ${sshConfig} -o ControlMaster=auto -o ControlPersist=60s`,
    logs: () => readFileSync(machine.console, 'utf8'),
    run: async (key, ...command) => {
      const trust = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
      const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
      const args = ['-F', sshConfig, '-i', key, ...trust, 'ec2-user@host', `sudo ${words}`];
      const { stdout } = await execa('ssh', args, { stdin: 'ignore', timeout: 60_000 });
      return stdout;
    },
    stop: async () => {
      await haltMachine(machine);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An ssh_config that maps names to ports on loopback; the first match counts. https://man.openbsd.org/ssh_config */
export function renderSshConfig(hosts: { names: string[]; port: number }[]): string {
  return hosts
    .map(({ names, port }) => `Host ${names.join(' ')}\n  HostName 127.0.0.1\n  Port ${String(port)}\n`)
    .join('');
}

function missingTools(): string[] {
  return Object.keys(tools).filter((command) => !isThere(command));
}

function isThere(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
