import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Fault } from '../errors.ts';

/** True when a server could listen on the loopback port now. */
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** Whether somebody accepts connections on the loopback port now. */
export async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/**
 * @param what what the port is for
 * @param ours ports that our own parts hold
 * @throws Fault of kind `environment` that names who holds the port
 */
export async function requirePort(port: number, what: string, ours: ReadonlySet<number> = new Set()): Promise<void> {
  if (ours.has(port) || (await isFree(port))) return;
  const holder = holderOf(port) ?? 'another process';
  throw new Fault('environment', `port ${String(port)} for ${what} is taken by ${holder}`, {
    where: `127.0.0.1:${String(port)}`,
    next: 'Stop that process, set another port in cryptodm.yaml ("ports"), or run "cryptodm up --any-port".',
    facts: { port, holder },
  });
}

/** Some port that is free now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
      });
    });
  });
}

/** Who listens on a port, as far as this user may see it, such as `java (pid 4711)`. */
export function holderOf(port: number): string | undefined {
  const pid = process.platform === 'linux' ? linuxHolder(port) : lsofHolder(port);
  if (pid === undefined) return undefined;
  return `${nameOf(pid) ?? 'a process'} (pid ${String(pid)})`;
}

/** Looks the listening socket up in /proc/net/tcp, then for the process that has it open; see proc(5). */
function linuxHolder(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readLines(table)) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] === '0A' && fields[1]?.endsWith(`:${hex}`) === true) inodes.add(`socket:[${fields[9] ?? ''}]`);
    }
  }
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      for (const descriptor of readdirSync(`/proc/${entry}/fd`)) {
        if (inodes.has(readlinkSync(`/proc/${entry}/fd/${descriptor}`))) return Number(entry);
      }
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return undefined;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function lsofHolder(port: number): number | undefined {
  try {
    const found = execFileSync('lsof', ['-nP', `-iTCP:${String(port)}`, '-sTCP:LISTEN', '-t'], { encoding: 'utf8' });
    return Number(found.split('\n')[0]);
  } catch {
    return undefined;
  }
}

function nameOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim()
      : execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
