import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
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

/** Whether a process accepts connections on the loopback port now. */
export async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    // A connection can reach itself when the system lends it the very port that it looks at.
    socket.once('connect', () => answer(socket.localPort !== port));
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

/** Ports given out by this process: two calls in a row never give the same one, though neither listens yet. */
const given = new Set<number>();

const mostAttempts = 200;

/**
 * Some port that is free now and stays so: none of those that the system lends to outgoing connections, because one of these could
 * take it before its server listens.
 * @param lent ports of outgoing connections
 */
export async function freePort(lent: PortRange = lentPorts()): Promise<number> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    // The usual ports of servers, and of our own parts, are below.
    const port = randomInt(30_000, 65_536);
    if ((port >= lent.from && port <= lent.to) || given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  return anyPort();
}

/** Both ends belong to it. */
interface PortRange {
  from: number;
  to: number;
}

/** The ports of outgoing connections: on Linux as set (ip(7), ip_local_port_range), elsewhere as RFC 6335 has it. */
export function lentPorts(): PortRange {
  const [from, to] = readLines('/proc/sys/net/ipv4/ip_local_port_range')[0]?.trim().split(/\s+/).map(Number) ?? [];
  return { from: from ?? 49_152, to: to ?? 65_535 };
}

/** For a system that lends all ports to outgoing connections. */
function anyPort(): Promise<number> {
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

/** Who listens on a port or else has a connection from it, as far as this user may see it, such as `java (pid 4711)`. */
export function holderOf(port: number): string | undefined {
  const pid = process.platform === 'linux' ? linuxHolder(port) : lsofHolder(port);
  if (pid === undefined) return undefined;
  return `${nameOf(pid) ?? 'a process'} (pid ${String(pid)})`;
}

/** Looks the port's sockets up in /proc/net/tcp, then for the process that has one open; see proc(5). */
function linuxHolder(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const bound = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap(readLines)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) === true);
  const listening = bound.filter((fields) => fields[3] === '0A');
  const sockets = listening.length > 0 ? listening : bound;
  const inodes = new Set(sockets.map((fields) => `socket:[${fields[9] ?? ''}]`));
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
