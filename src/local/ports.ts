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
  throw takenPort(port, what, holderOf(port) ?? 'another process');
}

/** Whether a fault says that a port is taken. */
export function isTakenPort(thrown: unknown): boolean {
  return (
    thrown instanceof Fault && typeof thrown.facts['port'] === 'number' && typeof thrown.facts['holder'] === 'string'
  );
}

export function takenPort(port: number, what: string, holder: string): Fault {
  return new Fault('environment', `port ${String(port)} for ${what} is taken by ${holder}`, {
    where: `127.0.0.1:${String(port)}`,
    next: 'Stop that process, set another port in cryptodm.yaml ("ports"), or run "cryptodm up --any-port".',
    facts: { port, holder },
  });
}

/** Where a run of ours tells the others which ports its servers are about to take: their own address, 127.0.0.1, is still free then. */
const reservations = '127.0.0.2';

/**
 * Keeps a free port for a server that is about to be started: no other `reservePort` on this machine gets it until it is released, or this
 * process ends. Where a system lacks the address, which then keeps nobody away, the server's own start decides.
 * @returns what releases it; undefined when a process has the port, or a run has reserved it
 */
export async function reservePort(port: number): Promise<(() => void) | undefined> {
  const server = createServer();
  const outcome = await new Promise<'held' | 'taken' | 'impossible'>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'taken' : 'impossible'),
    );
    server.listen({ port, host: reservations, exclusive: true }, () => resolve('held'));
  });
  const release = () => {
    server.close();
  };
  if (outcome === 'held') server.unref();
  if (outcome !== 'taken' && (await isFree(port))) return release;
  if (outcome === 'held') release();
  return undefined;
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
  const pid = pidAt(port);
  return pid === undefined ? undefined : describeProcess(pid);
}

function pidAt(port: number): number | undefined {
  if (process.platform !== 'linux') return lsofHolder(port);
  const inodes = socketsAt(port);
  return inodes.size === 0
    ? undefined
    : readdirSync('/proc')
        .filter(isPid)
        .map(Number)
        .find((pid) => hasOpen(pid, inodes));
}

function describeProcess(pid: number): string {
  return `${nameOf(pid) ?? 'a process'} (pid ${String(pid)})`;
}

/** Whether this process listens on the port. Cheap where it does. */
export function holds(pid: number, port: number): boolean {
  return process.platform === 'linux' ? hasOpen(pid, listenersAt(port)) : lsofHolder(port) === pid;
}

/** Who listens on the port, if it is none of these processes; undefined when they do, or nobody does. */
export function strangerAt(port: number, own: readonly number[]): string | undefined {
  if (process.platform !== 'linux') {
    const pid = lsofHolder(port);
    return pid === undefined || own.includes(pid) ? undefined : describeProcess(pid);
  }
  const inodes = listenersAt(port);
  if (inodes.size === 0 || own.some((pid) => hasOpen(pid, inodes))) return undefined;
  return holderOf(port) ?? 'a process of another user';
}

/** A socket as /proc/net/tcp has it: addresses in the byte order of the machine, `0A` for one that listens; see proc(5). */
interface Socket {
  address: string;
  port: string;
  /** port of the other end */
  peer: string;
  state: string;
  /** id of its user */
  user: number;
  inode: string;
}

/**
 * The user at the other end of a connection of this machine.
 * @param from the port of that end
 * @param to the port that it is connected to
 * @returns undefined where the system does not say so
 */
export function userOfConnection(from: number, to: number): number | undefined {
  const users = readSockets(from).flatMap(({ peer, user }) => (peer === hexPort(to) ? [user] : []));
  return users[0];
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function readSockets(port: number): Socket[] {
  const hex = hexPort(port);
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(readLines).flatMap((line): Socket[] => {
    const fields = line.trim().split(/\s+/);
    const [address = '', its = ''] = (fields[1] ?? '').split(':');
    const peer = (fields[2] ?? '').split(':')[1] ?? '';
    const of = { state: fields[3] ?? '', user: Number(fields[7]), inode: fields[9] ?? '' };
    return its === hex ? [{ address, port: its, peer, ...of }] : [];
  });
}

/** Addresses at which a listener is met by connections to 127.0.0.1. */
const met = new Set(['0100007F', '00000000', '0'.repeat(32), `${'0'.repeat(16)}FFFF00000100007F`]);

/** Open sockets that listen at the port, by the names of their descriptors. */
function listenersAt(port: number): Set<string> {
  const sockets = readSockets(port).filter(({ state, address }) => state === '0A' && met.has(address));
  return new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
}

function socketsAt(port: number): Set<string> {
  const listening = listenersAt(port);
  return listening.size > 0 ? listening : new Set(readSockets(port).map(({ inode }) => `socket:[${inode}]`));
}

function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}

function hasOpen(pid: number, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  try {
    const folder = `/proc/${String(pid)}/fd`;
    return readdirSync(folder).some((descriptor) => isOneOf(`${folder}/${descriptor}`, names));
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

function isOneOf(descriptor: string, names: ReadonlySet<string>): boolean {
  try {
    return names.has(readlinkSync(descriptor));
  } catch {
    return false;
  }
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
