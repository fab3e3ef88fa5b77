import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { awaitAnswer } from './waiting.ts';

/** A process that can't be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** start time in the format of the system; equal only for the same process */
  started: string;
}

/** Identity of a running process, undefined when there is none. A zombie does not run. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? linuxStart(pid) : psStart(pid);
  return started === undefined ? undefined : { pid, started };
}

/** True when exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/**
 * The running group leader that was started with this environment variable, undefined when there is none; only on Linux, which shows the
 * environments of processes.
 */
export function findByEnvironment(name: string, value: string): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`)) continue;
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Field 5: its children also have the variable, but lead no group.
      if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2] !== pid) continue;
    } catch {
      // It has ended, or belongs to another user.
      continue;
    }
    const found = identify(Number(pid));
    if (found !== undefined) return found;
  }
  return undefined;
}

let bootId: string | undefined;

/** Fields 3 (state) and 22 (start time in clock ticks since boot) of /proc/PID/stat; see proc(5). */
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}/${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function psStart(pid: number): string | undefined {
  try {
    const options = { encoding: 'utf8' as const, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
    const [state = '', ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], options)
      .trim()
      .split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

/** Memory of a process in bytes (its proportional share where the system reports it), undefined when there is none. */
export function memoryOf(pid: number): number | undefined {
  try {
    if (process.platform === 'linux') return proportionalShare(readFileSync(rollupOf(pid), 'utf8'));
    const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return kilobytes === '' ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** As `memoryOf`, for several processes at once and in the background: the kernel takes milliseconds for a large one. */
export async function memoriesOf(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const memories = new Map<number, number>();
  const note = async (pid: number) => {
    const bytes =
      process.platform === 'linux'
        ? await readFile(rollupOf(pid), 'utf8').then(proportionalShare, () => undefined)
        : memoryOf(pid);
    if (bytes !== undefined) memories.set(pid, bytes);
  };
  await Promise.all(pids.map(note));
  return memories;
}

function rollupOf(pid: number): string {
  return `/proc/${String(pid)}/smaps_rollup`;
}

function proportionalShare(rollup: string): number | undefined {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Ends a process group: TERM, `graceMs` milliseconds of grace, then KILL. Resolves when the leader has ended. */
export async function endGroup(identity: ProcessIdentity, graceMs: number, signal?: AbortSignal): Promise<void> {
  if (!isAlive(identity)) return;
  signalGroup(identity.pid, 'SIGTERM');
  if (await gone(identity, graceMs, signal)) return;
  signalGroup(identity.pid, 'SIGKILL');
  await gone(identity, 10_000);
}

/** Sends a signal to a process group, or to the process alone when it leads none. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function gone(identity: ProcessIdentity, withinMs: number, signal?: AbortSignal): Promise<boolean> {
  const look = () => (isAlive(identity) ? undefined : true);
  // An abort ends the wait, not the check.
  await awaitAnswer(look, { withinMs, everyMs: 25, signal }).catch(() => undefined);
  return !isAlive(identity);
}
