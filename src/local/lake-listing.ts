import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive } from '../tools/process-identity.ts';
import type { Layout } from './layout.ts';
import { findLakeFiles, realPath } from './supervisor/marks.ts';
import { readParts, readSupervisor, runFolder } from './supervisor/parts.ts';

/** A lake of this user on this machine. */
export interface RunningLake {
  /** its folder */
  data: string;
  /** whether something restarts its parts */
  supervisor: boolean;
  /** identifiers of the parts that run, with the ports that each listens on */
  parts: { id: string; ports: number[] }[];
}

/** Every lake that runs, by the marks of its processes, and that of these settings, which may be down. */
export function findLakes(own: Layout): RunningLake[] {
  const files = [...findLakeFiles(), ...(existsSync(own.journal) ? [own.parts] : [])];
  return [...new Set(files.map(realPath))].sort().map((file) => {
    const data = dirname(dirname(file));
    const supervisor = readSupervisor(runFolder(data, '').supervisor);
    const living = readParts(file).filter(({ process }) => process !== undefined && isAlive(process));
    return {
      data,
      supervisor: supervisor !== undefined && isAlive(supervisor),
      parts: living.map(({ daemon: { id, ports } }) => ({ id, ports })),
    };
  });
}
