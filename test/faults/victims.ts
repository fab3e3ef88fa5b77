import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readParts, readSupervisor, runFolder } from '../../src/local/supervisor/parts.ts';
import { identify, type ProcessIdentity } from '../../src/tools/process-identity.ts';
import type { Target } from './schedule.ts';

/** The process of a target that is remembered at this moment, alive or not. */
export function findVictim(data: string, target: Target): ProcessIdentity | undefined {
  const run = runFolder(data, tmpdir());
  if (target === 'resident') return readSupervisor(run.supervisor);
  if (target === 'optimizer') return findOptimizer(data);
  return readParts(run.parts).find((part) => part.daemon.id === target)?.process;
}

/** The JVM that optimises this lake, no matter what started it. */
function findOptimizer(data: string): ProcessIdentity | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (command.includes('io.cryptodm.optimize.IcebergOptimize') && command.includes(data))
        return identify(Number(name));
    } catch {
      // It has just ended.
    }
  }
  return undefined;
}
