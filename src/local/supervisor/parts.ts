import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../../tools/whole-file.ts';
import type { PartState } from './part-state.ts';
import type { Daemon } from '../parts/daemon.ts';
import { isAlive, type ProcessIdentity } from '../../tools/process-identity.ts';
import { holds } from '../ports.ts';
import { findOwnProcesses, realPath, scheduleMark, supervisorMark, type OwnProcess } from './marks.ts';

/** What is remembered of a part on disk, so that a new supervisor or the command line can take it over. Never a secret. */
export interface Part {
  daemon: Daemon;
  /** of the daemon's description: with another one it must be started again */
  hash: string;
  state: PartState;
  process?: ProcessIdentity;
  /** when the present state began */
  since: string;
  /** starts after a death, since it was last started on purpose */
  restarts: number;
  lastExit?: string;
  /** why it does not start, in its own words, where its arguments or its spec are wrong */
  refusal?: string;
}

/** Where schedules, memory and the running process are written down. */
export interface ScheduleFiles {
  /** `{"schedules": [...]}`, written by `up` */
  declared: string;
  /** beside the tables, because it lives as long as they do */
  memory: string;
  /** the process that runs now */
  running: string;
}

/** Files of a supervisor, all in the lake's `run` folder. */
export interface RunFolder {
  parts: string;
  supervisor: string;
  socket: string;
  schedules: ScheduleFiles;
}

/** A unix socket's path is limited to about 100 bytes, so a deep folder gets one in the temporary folder. */
export function runFolder(data: string, temporary: string): RunFolder {
  const run = join(data, 'run');
  const near = join(run, 'supervisor.sock');
  const socket = near.length <= 100 ? near : join(temporary, `cryptodm-${shortHash(run)}.sock`);
  const schedules = {
    declared: join(run, 'schedules.json'),
    memory: join(data, 'warehouse', 'schedules.json'),
    running: join(run, 'scheduled.json'),
  };
  return { parts: join(run, 'parts.json'), supervisor: join(run, 'supervisor.json'), socket, schedules };
}

/** Identity of the supervisor that the folder remembers, alive or not. */
export function readSupervisor(file: string): ProcessIdentity | undefined {
  return readOwn<ProcessIdentity>(file);
}

/** The process that a schedule started. */
export interface ScheduledProcess {
  /** of the schedule */
  id: string;
  startedAt: string;
  process: ProcessIdentity;
}

/** The process of a schedule that ran when the file was last written, alive or not. */
export function readRunning(file: string): ScheduledProcess | undefined {
  return readOwn<ScheduledProcess>(file);
}

/** What each of these files holds beside its content: the path that it was written to, so that a copy of the folder names no process as its own. */
interface Placed {
  file?: string;
}

/** Undefined for a file that is missing or damaged, and for the copy of another lake's. */
function readOwn<T extends object>(file: string): T | undefined {
  try {
    const written = JSON.parse(readFileSync(file, 'utf8')) as (T & Placed) | null;
    if (typeof written !== 'object' || written === null) return undefined;
    return written.file === undefined || realPath(written.file) === realPath(file) ? written : undefined;
  } catch {
    return undefined;
  }
}

/** The parts as the file lists them; none when it is missing, damaged, or the copy of another lake's. */
export function readParts(file: string): Part[] {
  const { parts } = readOwn<{ parts?: Part[] }>(file) ?? {};
  return Array.isArray(parts) ? parts : [];
}

export function writeParts(file: string, parts: Part[]): void {
  writeWhole(file, { version: 1, file, parts });
}

/** Writes the identity of a process down as the lake's own. */
export function writeSupervisor(file: string, supervisor: ProcessIdentity): void {
  writeWhole(file, { ...supervisor, file });
}

export function writeRunning(file: string, running: ScheduledProcess): void {
  writeWhole(file, { ...running, file });
}

/** Replaces a JSON file in one move, readable by its owner only. */
export function writeWhole(file: string, content: unknown): void {
  replaceFile(file, `${JSON.stringify(content, null, 1)}\n`);
}

export function hashDaemon(daemon: Daemon): string {
  return shortHash(JSON.stringify(daemon));
}

function shortHash(text: string): string {
  // Loading it takes milliseconds, which commands that hash nothing should not pay.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Opens a log for appending; the caller closes it once the child has it. */
export function withLog<T>(path: string, use: (descriptor: number) => T): T {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, 'a', 0o600);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Sets a long log aside. Its writer appends, so it goes on at the new beginning; a line written in between may be lost. */
export function trimLog(path: string, longest: number): boolean {
  try {
    if (statSync(path).size <= longest) return false;
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    return true;
  } catch {
    // A log that is not there, or a full disk: the next look tries again.
    return false;
  }
}

/** Ports on which the parts' own processes listen; one that a part is about to take, or cannot get, is not among them. */
export function heldPorts(parts: readonly Part[]): Set<number> {
  return new Set(
    parts.flatMap(({ process: its, daemon }) =>
      its !== undefined && isAlive(its) ? daemon.ports.filter((port) => holds(its.pid, port)) : [],
    ),
  );
}

/** Running processes of parts that none of these parts knows: the file that names them was lost, or not yet written. */
export function findStrays(partsFile: string, parts: readonly Part[]): OwnProcess[] {
  const known = new Set(parts.flatMap((part) => part.process?.pid ?? []));
  return findOwnProcesses(partsFile).filter(
    ({ id, process: its }) => id !== supervisorMark && !id.startsWith(scheduleMark) && !known.has(its.pid),
  );
}
