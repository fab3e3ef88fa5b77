import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
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

/** True when the process is stopped (SIGSTOP, Ctrl-Z, a debugger): it is alive and does nothing. */
export function isStopped(pid: number): boolean {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .startsWith('T');
    }
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return 'Tt'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** A process and the value of the environment variable that it was started with. */
export interface MarkedProcess {
  process: ProcessIdentity;
  value: string;
}

/** The running group leaders that were started with this environment variable; none but on Linux, which shows the environments of processes. */
export function findByEnvironment(name: string): MarkedProcess[] {
  if (process.platform !== 'linux') return [];
  const start = `${name}=`;
  return readdirSync('/proc').flatMap((pid): MarkedProcess[] => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const mark = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .find((line) => line.startsWith(start));
      if (mark === undefined || !leadsGroup(pid)) return [];
      const found = identify(Number(pid));
      return found === undefined ? [] : [{ process: found, value: mark.slice(start.length) }];
    } catch {
      // It has ended, or belongs to another user.
      return [];
    }
  });
}

/** Field 5 of /proc/PID/stat, see proc(5): children also have its environment, but lead no group. */
function leadsGroup(pid: string): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2] === pid;
}

/**
 * Regular files that these processes have open for writing, by their full paths; none but on Linux. Bits of the flags in /proc/PID/fdinfo: see
 * proc(5) and open(2).
 */
export function findOpened(pids: readonly number[]): string[] {
  if (process.platform !== 'linux') return [];
  return [...new Set(pids.flatMap(openedBy))];
}

function openedBy(pid: number): string[] {
  const folder = `/proc/${String(pid)}`;
  return namesIn(`${folder}/fd`).flatMap((descriptor): string[] => {
    try {
      const path = readlinkSync(`${folder}/fd/${descriptor}`);
      if (!path.startsWith('/') || !statSync(`${folder}/fd/${descriptor}`).isFile()) return [];
      const flags = /^flags:\s*0(\d+)$/m.exec(readFileSync(`${folder}/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0';
      return (Number.parseInt(flags, 8) & 0o3) === 0 ? [] : [path];
    } catch {
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
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
