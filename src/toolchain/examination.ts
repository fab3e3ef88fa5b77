import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import { findJdk } from './jdk.ts';
import { thisMachine } from './machine.ts';
import { findMaven } from './maven.ts';

/** What a check found. */
export interface Finding {
  what: string;
  state: 'ok' | 'warning' | 'fault';
  found: string;
  /** how to fix it */
  mend?: string | undefined;
}

/** Servers, jars, archives and Maven's own repository, in bytes. */
const leastCacheDisk = 2.5e9;
const leastDataDisk = 1e9;

/** Checks what every lake needs of this machine: Node, a JDK, Maven and room on the disks. Changes nothing. */
export async function examineToolchain(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  { needsMaven }: { needsMaven: boolean } = { needsMaven: true },
): Promise<Finding[]> {
  const machine = thisMachine(env);
  const findings: Finding[] = [{ what: 'node', state: 'ok', found: process.versions.node }];
  const jdk = attempt(() => findJdk(machine));
  findings.push(
    jdk instanceof Fault ? fault('jdk', jdk) : { what: 'jdk', state: 'ok', found: `${jdk.version} in ${jdk.home}` },
  );
  if (!(jdk instanceof Fault)) {
    const maven = await findMaven(machine, jdk).catch((error: unknown) => error as Fault);
    findings.push(
      maven instanceof Fault
        ? needsMaven
          ? fault('maven', maven)
          : { what: 'maven', state: 'ok', found: 'not needed: jars and servers are there' }
        : { what: 'maven', state: 'ok', found: `${maven.version} as ${maven.command}` },
    );
  }
  return [
    ...findings,
    examineDisk('cache', settings.paths.cache, leastCacheDisk),
    examineDisk('data', settings.paths.data, leastDataDisk),
  ];
}

function fault(what: string, found: Fault): Finding {
  return { what, state: 'fault', found: found.message, mend: found.next };
}

function attempt<T>(act: () => T): T | Fault {
  try {
    return act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function examineDisk(what: string, folder: string, least: number): Finding {
  let standing = folder;
  while (!existsSync(standing) && dirname(standing) !== standing) standing = dirname(standing);
  try {
    accessSync(standing, constants.W_OK);
  } catch {
    return {
      what,
      state: 'fault',
      found: `${standing} is not writable`,
      mend: `Make it writable, or set "paths.${what}" in cryptodm.yaml.`,
    };
  }
  const { bavail, bsize } = statfsSync(standing);
  const free = bavail * bsize;
  const enough = free >= least;
  return {
    what,
    state: enough ? 'ok' : 'fault',
    found: `${folder}, ${(free / 1e9).toFixed(1)} GB free`,
    mend: enough
      ? undefined
      : `${(least / 1e9).toFixed(1)} GB are needed: make room, or set "paths.${what}" in cryptodm.yaml.`,
  };
}
