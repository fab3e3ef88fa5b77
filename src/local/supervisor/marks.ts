import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findByEnvironment, identify, type ProcessIdentity } from '../../tools/process-identity.ts';

/** Environment variable by which every process of a lake can be found when no file names it. */
export const markName = 'CRYPTODM_PART';

/** As marks name the supervisor. */
export const supervisorMark = 'supervisor';
/** With the id of a schedule behind it. */
export const scheduleMark = 'schedule-';

/** @param partsFile the file that lists the parts of the lake. @param id of a part, or a mark from above */
export function markOf(partsFile: string, id: string): string {
  return `${partsFile}#${id}`;
}

/** A process of a lake, found without any file. */
export interface OwnProcess {
  id: string;
  process: ProcessIdentity;
}

/** Every running process that was started for the lake of this file; none but on Linux, which shows the environments of processes. */
export function findOwnProcesses(partsFile: string): OwnProcess[] {
  const own = realPath(partsFile);
  const marked = findByEnvironment(markName).flatMap(({ process, value }): OwnProcess[] => {
    const hash = value.lastIndexOf('#');
    // A lake may be reached by another path, through a link.
    return realPath(value.slice(0, hash)) === own ? [{ id: value.slice(hash + 1), process }] : [];
  });
  const known = new Set(marked.map((found) => found.process.pid));
  const unmarked = findUnmarkedSupervisors(dirname(dirname(partsFile)));
  return [...marked, ...unmarked.filter(({ process }) => !known.has(process.pid))];
}

/** The file that lists the parts, for every lake of which a process runs; none but on Linux. */
export function findLakeFiles(): string[] {
  return findByEnvironment(markName).map(({ value }) => value.slice(0, value.lastIndexOf('#')));
}

/** Supervisors of earlier versions, which carry no mark. */
function findUnmarkedSupervisors(data: string): OwnProcess[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid): OwnProcess[] => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const at = args.indexOf('supervise');
      if (at < 0 || args[at + 1] !== '--data' || args[at + 2] !== data) return [];
    } catch {
      return [];
    }
    const found = identify(Number(pid));
    return found === undefined ? [] : [{ id: 'supervisor', process: found }];
  });
}

/** As `realpath`, also for what is gone by now. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
