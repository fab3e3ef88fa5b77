import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Daemon } from '../src/local/parts/daemon.ts';
import { endGroup, identify, isAlive, signalGroup } from '../src/tools/process-identity.ts';
import { interrupted } from './interruption.ts';

/** A process that was started for a measurement. */
export interface Engine {
  pid: number;
  /** just before its start, by `performance.now()` */
  startedAt: number;
  /** @throws when it has ended by itself, with the end of its log */
  check(): void;
  stop(): Promise<void>;
}

const running = new Set<number>();
// No engine outlives this process.
process.on('exit', () => running.forEach((pid) => signalGroup(pid, 'SIGKILL')));

/** Starts a process in a group of its own. */
export function startEngine({ title, command, args, env, cwd, log, graceMs }: Daemon): Engine {
  interrupted.throwIfAborted();
  mkdirSync(dirname(log), { recursive: true });
  mkdirSync(cwd, { recursive: true });
  const output = openSync(log, 'a');
  const { PATH, HOME, LANG } = process.env;
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, LANG, ...env },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error(`${title} did not start: ${command}`);
  const { pid } = identity;
  running.add(pid);
  return {
    pid,
    startedAt,
    check: () => {
      if (!isAlive(identity))
        throw new Error(
          `${title} has ended by itself:\n${readFileSync(log, 'utf8').split('\n').slice(-40).join('\n')}`,
        );
    },
    stop: async () => {
      await endGroup(identity, graceMs);
      running.delete(pid);
    },
  };
}

/** Clock ticks a second in /proc/PID/stat; the same on every Linux that Node runs on. */
const ticks = 100;

/** Seconds of processor time that a process has taken, its threads included (fields 14 and 15 of /proc/PID/stat; see proc(5)). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Seconds of processor time that the machine has spent on processes, all cores together (the line `cpu` of /proc/stat; see proc(5)). */
function busySeconds(): number {
  const [user = 0, nice = 0, system = 0] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '')
    .split(' ')
    .map(Number);
  return (user + nice + system) / ticks;
}

/**
 * Watches what other processes use, because a busy machine spoils a figure.
 * @param own processes that belong to the measurement
 * @returns a function for the share of a core that the others have used since, in percent
 */
export function watchOthers(own: number[]): () => number {
  const others = () => busySeconds() - own.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = { at: performance.now(), others: others() };
  return () => (100_000 * (others() - before.others)) / (performance.now() - before.at);
}

/** Peak memory of a process, in bytes (VmHWM of /proc/PID/status; see proc(5)). */
export function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024;
}

/** Present memory of a process (RSS), in bytes (VmRSS of /proc/PID/status; see proc(5)). */
export function rssBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024;
}
