import { spawn } from 'node:child_process';
import { openSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../../../../src/tools/process-identity.ts';
import { freePort } from '../../../../src/local/ports.ts';
import { awaitAnswer } from '../../../../src/tools/waiting.ts';

/** Options of a host's boot. */
export interface HostOptions {
  /** public key in OpenSSH's format that may log in as ec2-user */
  publicKey: string;
  /** variables for every process of the host, such as AWS_ENDPOINT_URL */
  environment: Record<string, string>;
  /** PEM certificates that the host and its Java trust */
  caPem?: string | undefined;
  /** port of SSH on loopback; default: any free one */
  port?: number | undefined;
}

/** A booted host as plain data, because it outlives the process that booted it. */
export interface Machine {
  process: ProcessIdentity;
  port: number;
  /** file with its output: systemd and the journal */
  console: string;
}

/** Boots an unchanged root with the network of this machine; resolves when SSH answers. Its files go below `folder`. */
export async function bootMachine(root: string, folder: string, options: HostOptions): Promise<Machine> {
  const port = options.port ?? (await freePort());
  const console = join(folder, 'console.log');
  mkdirSync(folder, { recursive: true });
  const out = openSync(console, 'a');
  const args = [
    ...[`--directory=${root}`, `--machine=host-${String(port)}`, '--hostname=producers'],
    ...['--boot', '--register=no', '--keep-unit', '--volatile=overlay', '--quiet'],
    ...['--resolv-conf=off', '--timezone=off', '--console=read-only', '--kill-signal=SIGRTMIN+3'],
    ...seeds(folder, port, options),
  ];
  const child = spawn('systemd-nspawn', args, {
    // Hosts share a root: each writes to its own overlay.
    env: { PATH: process.env['PATH'], SYSTEMD_NSPAWN_LOCK: '0' },
    stdio: ['ignore', out, out],
    detached: true,
  });
  child.unref();
  const started = child.pid === undefined ? undefined : identify(child.pid);
  if (started === undefined) throw new Error(`the host did not start: ${readFileSync(console, 'utf8')}`);
  const machine = { process: started, port, console };
  const ready = await awaitAnswer(
    async () => {
      if (!isAlive(started)) throw new Error(`the host ended at once: ${readFileSync(console, 'utf8')}`);
      return (await greets(port)) ? true : undefined;
    },
    { withinMs: 60_000, everyMs: 100 },
  );
  if (ready === undefined) {
    await haltMachine(machine);
    throw new Error(`SSH of the host did not answer: ${readFileSync(console, 'utf8').slice(-3000)}`);
  }
  return machine;
}

/** Shuts the host down in order, then by force. */
export async function haltMachine({ process: { pid }, process: identity }: Machine): Promise<void> {
  // The first signal asks systemd to halt, the second kills it.
  for (const [signal, withinMs] of [
    ['SIGTERM', 20_000],
    ['SIGTERM', 5000],
    ['SIGKILL', 5000],
  ] as const) {
    if (!isAlive(identity)) return;
    process.kill(pid, signal);
    await awaitAnswer(() => (isAlive(identity) ? undefined : true), { withinMs });
  }
}

/** Files of this boot, in the overlay on the root. */
function seeds(folder: string, port: number, { publicKey, environment, caPem }: HostOptions): string[] {
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const manager = assignments.map((assignment) => `DefaultEnvironment="${assignment}"\n`).join('');
  const sshd = ['ListenAddress 127.0.0.1', `Port ${String(port)}`, 'AuthorizedKeysFile /etc/ssh/authorized_keys'];
  const files: [string, string, string][] = [
    ['authorized_keys', '/etc/ssh/authorized_keys', `${publicKey.trim()}\n`],
    ['sshd.conf', '/etc/ssh/sshd_config.d/host.conf', `${[...sshd, 'UseDNS no'].join('\n')}\n`],
    ['manager.conf', '/etc/systemd/system.conf.d/environment.conf', `[Manager]\n${manager}`],
    // For commands through SSH.
    ['environment', '/etc/environment', `${assignments.join('\n')}\n`],
    ['sudoers', '/etc/sudoers.d/environment', `Defaults env_keep += "${Object.keys(environment).join(' ')}"\n`],
  ];
  if (caPem !== undefined) files.push(['ca.pem', '/usr/local/share/ca-certificates/given.crt', caPem]);
  return files.map(([name, place, text]) => {
    const path = join(folder, name);
    rmSync(path, { force: true });
    writeFileSync(path, text, { mode: name === 'sudoers' ? 0o440 : 0o644 });
    return `--bind-ro=${path}:${place}`;
  });
}

/** Whether an SSH server sends its identification: https://www.rfc-editor.org/rfc/rfc4253#section-4.2 */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => {
      end(false);
    });
    socket.once('error', () => {
      end(false);
    });
    socket.once('data', (data) => {
      end(data.toString('latin1').startsWith('SSH-2.0'));
    });
    socket.once('close', () => {
      resolve(false);
    });
  });
}
