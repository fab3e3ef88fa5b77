import { existsSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../errors.ts';
import { findJdk } from '../toolchain/jdk.ts';
import { thisMachine } from '../toolchain/machine.ts';
import { findMaven } from '../toolchain/maven.ts';
import type { Settings } from '../settings/schema.ts';
import { SupervisorClient } from './supervisor/client.ts';
import { holderOf, isFree } from './ports.ts';

export interface Finding {
  what: string;
  state: 'ok' | 'warning' | 'fault';
  found: string;
  /** how to mend it */
  mend?: string | undefined;
}

/** Memory that all parts take together, see the README; a little more, because the system needs some too. */
const leastMemory = 1.8e9;
/** Servers, jars, archives and Maven's own repository. */
const leastCacheDisk = 2.5e9;
const leastDataDisk = 1e9;

/** Checks what a lake needs of this machine, and changes nothing. */
export async function examine(settings: Settings, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const machine = { ...thisMachine(), env };
  const parts = await new SupervisorClient(settings.paths.data).parts();
  const ours = new Set(parts.flatMap((part) => (part.state === 'up' ? part.daemon.ports : [])));
  const findings: Finding[] = [{ what: 'node', state: 'ok', found: process.versions.node }];
  const jdk = attempt(() => findJdk(machine));
  findings.push(
    jdk instanceof Fault ? fault('jdk', jdk) : { what: 'jdk', state: 'ok', found: `${jdk.version} in ${jdk.home}` },
  );
  if (!(jdk instanceof Fault)) {
    const maven = await findMaven(machine, jdk).catch((error: unknown) => error as Fault);
    findings.push(
      maven instanceof Fault
        ? fault('maven', maven)
        : { what: 'maven', state: 'ok', found: `${maven.version} as ${maven.command}` },
    );
  }
  const disks = [
    examineDisk('cache', settings.paths.cache, leastCacheDisk),
    examineDisk('data', settings.paths.data, leastDataDisk),
  ];
  // Memory and ports are what a lake needs that runs here.
  if (settings.target === 'aws') return [...findings, ...disks];
  const free = availableMemory();
  const running = ours.size > 0;
  findings.push({
    what: 'memory',
    state: free >= leastMemory || running ? 'ok' : 'warning',
    found: `${(free / 1e9).toFixed(1)} GB free`,
    mend:
      free >= leastMemory || running
        ? undefined
        : 'The lake takes about 1.4 GB: close something, or lower "memory" in cryptodm.yaml.',
  });
  findings.push(...disks);
  for (const [name, port] of Object.entries(settings.ports)) {
    const isOurs = ours.has(port);
    const open = isOurs || (await isFree(port));
    findings.push({
      what: `port ${String(port)}`,
      state: open ? 'ok' : 'fault',
      found: isOurs
        ? `used by this lake (${name})`
        : open
          ? `free (${name})`
          : `taken by ${holderOf(port) ?? 'another process'}`,
      mend: open ? undefined : `Stop it, set "ports.${name}" in cryptodm.yaml, or run "cryptodm up --any-port".`,
    });
  }
  return findings;
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

/** Memory that can be taken without swapping, in bytes. */
function availableMemory(): number {
  return (process as unknown as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
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
