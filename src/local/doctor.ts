import { freemem } from 'node:os';
import { basename } from 'node:path';
import { adviseRoom } from '../lake/disk-forecast.ts';
import { describeDamagedFile, examineMemory, type DamagedFile } from './memory-files.ts';
import { findStrays, heldPorts } from './supervisor/parts.ts';
import { examineToolchain, type Finding } from '../toolchain/examination.ts';
import { hasJars } from '../toolchain/jars.ts';
import { packageFolder } from '../toolchain/preparation.ts';
import type { Settings } from '../settings/schema.ts';
import type { Caller } from '../work.ts';
import { holderOf, isFree } from './ports.ts';
import type { LocalLake } from './lake.ts';
import { describeForecast, forecastOf, growingTables } from './status/disk-forecast.ts';
import { roomOf } from './status/free-space.ts';
import { readServers } from './setup/servers.ts';
import { tablesOf } from './status/table-status.ts';

/** Memory of all parts together (README.md), and a little more for the system. */
const leastMemory = 1.8e9;

/** Checks what a lake needs of this machine, and changes nothing. */
export async function examine({ settings, supervisor, layout }: LocalLake, caller: Caller): Promise<Finding[]> {
  const findings = await examineToolchain(settings, caller.env, { needsMaven: needsMaven(settings.paths, caller) });
  findings.push(...examineMemory(layout).map(toFinding));
  const parts = await supervisor.parts();
  for (const { id, process: its } of findStrays(layout.parts, parts)) {
    findings.push({
      what: `process ${String(its.pid)}`,
      state: 'fault',
      found: `${id} of this lake, which no file names`,
      mend: 'Run "cryptodm up": it ends it and starts the parts again; "cryptodm down" ends it, too.',
    });
  }
  findings.push(...(await foretell(layout)));
  const ours = heldPorts(parts);
  const free = availableMemory();
  const running = ours.size > 0;
  findings.push({
    what: 'memory',
    state: free >= leastMemory || running ? 'ok' : 'warning',
    found: `${(free / 1e9).toFixed(1)} GB free`,
    mend:
      free >= leastMemory || running
        ? undefined
        : 'The lake takes about 1.1 GB: close something, or lower "memory" in cryptodm.yaml.',
  });
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

/** Whether a lake would be started with something that Maven builds or fetches. */
export function needsMaven({ cache, artifacts }: Settings['paths'], caller: Pick<Caller, 'entry'>): boolean {
  const sources = { packageFolder: packageFolder(caller.entry), cache };
  const hasServers = artifacts !== undefined || Object.values(readServers(sources)).every(({ ready }) => ready);
  return !hasServers || !hasJars({ ...sources, use: 'local' });
}

/** What the tables will take of the disk; nothing while no table tells how it grows. */
async function foretell({ catalog, data }: LocalLake['layout']): Promise<Finding[]> {
  const disk = roomOf(data);
  const found = { tables: (await tablesOf(catalog)).tables, conditions: { disk } };
  const text = describeForecast(found);
  if (text === undefined) return [];
  const short = forecastOf(found)?.fullIn !== undefined;
  return [
    {
      what: 'disk',
      state: short ? 'warning' : 'ok',
      found: text,
      mend: short ? adviseRoom(growingTables(found)) : undefined,
    },
  ];
}

function toFinding(file: DamagedFile): Finding {
  return { what: basename(file.path), state: 'fault', found: describeDamagedFile(file), mend: file.repair };
}

/** Memory that can be taken without swapping, in bytes. */
function availableMemory(): number {
  return (process as unknown as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
}
