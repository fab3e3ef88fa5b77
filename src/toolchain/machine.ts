import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the set-up needs to know about the machine; tests build one in a folder. */
export interface Machine {
  env: Record<string, string | undefined>;
  platform: NodeJS.Platform;
  /** home folder of the user */
  home: string;
  /** `/`, or the folder that tests use for it */
  root: string;
  /** whether commands already run with all rights, so that `sudo` is not needed */
  superuser: boolean;
}

/** @param env of the process that was called */
export function thisMachine(env: Machine['env']): Machine {
  return {
    env,
    platform: process.platform,
    home: homedir(),
    root: '/',
    superuser: process.getuid?.() === 0,
  };
}

/** The fields of /etc/os-release; empty where there is none. */
export function readOsRelease(machine: Machine): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(join(machine.root, 'etc/os-release'), 'utf8');
  } catch {
    return {};
  }
  return readAssignments(text);
}

/** `KEY=value` and `KEY="value"` lines, as in os-release and in a JDK's `release` file. */
export function readAssignments(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(?:"(.*)"|(.*))$/.exec(line.trim());
    if (match?.[1] !== undefined) fields[match[1]] = match[2] ?? match[3] ?? '';
  }
  return fields;
}
