import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { readParts, readSupervisor, runFolder } from '../../src/local/supervisor/parts.ts';
import { identify, isAlive, type ProcessIdentity } from '../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import type { Ran, TestLake } from '../support/lake.ts';
import type { Schedule, Strike, Target } from './schedule.ts';

/** exit code of a command while another one works on the lake */
const busy = 8;

/** A strike that happened; if its target did not run it has hit nothing. */
export interface Struck extends Strike {
  hit: boolean;
}

export interface Stricken {
  struck: Struck[];
  /** each `up` and each optimiser that ran to its end, with its exit code */
  ups: Ran[];
  optimizers: Ran[];
}

/**
 * Runs a schedule against a lake and waits until the last pause is over and all commands have ended. Commands that run during strikes may
 * fail; the result has their outcome.
 */
export async function strike(lake: TestLake, schedule: Schedule, tell: (line: string) => void): Promise<Stricken> {
  const stricken: Stricken = { struck: [], ups: [], optimizers: [] };
  const started = performance.now();
  const at = async (ms: number) => pause(Math.max(0, started + ms - performance.now()));
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  const acts = [
    ...schedule.strikes.map(async (planned) => {
      await at(planned.atMs);
      const victim = find(lake, planned.target);
      const hit = victim !== undefined && isAlive(victim);
      tell(`${seconds()} s  ${planned.kind} ${planned.target}${hit ? '' : ' (not there)'}`);
      if (hit) await hurt(victim, planned);
      stricken.struck.push({ ...planned, hit });
    }),
    ...schedule.optimize.map(async (ms) => {
      await at(ms);
      tell(`${seconds()} s  optimize-iceberg`);
      const ran = await lake.try(['optimize-iceberg', '--json']);
      stricken.optimizers.push(ran);
      tell(`${seconds()} s  optimize-iceberg ended with ${String(ran.code)}${lastWords(ran)}`);
    }),
    ...schedule.ups.map(async (ms) => {
      await at(ms);
      tell(`${seconds()} s  up`);
      // Another command may still work on the lake: a user would retry.
      const ran = await awaitAnswer(
        async () => {
          const tried = await lake.try(['up']);
          return tried.code === busy ? undefined : tried;
        },
        { withinMs: 300_000, everyMs: 500 },
      );
      if (ran === undefined) throw new Error('the lake was never free for an "up"');
      stricken.ups.push(ran);
      tell(`${seconds()} s  up ended with ${String(ran.code)}${lastWords(ran)}`);
    }),
  ];
  // No command may still run when the caller looks at the results.
  const failed = (await Promise.allSettled(acts)).find((act) => act.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return stricken;
}

function lastWords({ code, stderr, stdout }: Ran): string {
  return code === 0 ? '' : `: ${(stderr + stdout).trim().split('\n').slice(-6).join('\n      ')}`;
}

async function hurt(victim: ProcessIdentity, { kind, forMs }: Strike): Promise<void> {
  try {
    if (kind === 'kill') process.kill(victim.pid, 'SIGKILL');
    else {
      process.kill(victim.pid, 'SIGSTOP');
      await pause(forMs);
      // The supervisor may have ended it meanwhile, because it did not answer.
      if (isAlive(victim)) process.kill(victim.pid, 'SIGCONT');
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The current process of a target. */
function find(lake: TestLake, target: Target): ProcessIdentity | undefined {
  const run = runFolder(lake.data, tmpdir());
  if (target === 'resident') return readSupervisor(run.supervisor);
  if (target === 'optimizer') return findOptimizer(lake.data);
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

/** Waits until all parts are up again and the jobs run, without any command. @throws Error with the last status */
export async function awaitRecovery(lake: TestLake): Promise<void> {
  const recovered = await awaitAnswer(async () => ((await lake.status()).state === 'up' ? true : undefined), {
    withinMs: 180_000,
    everyMs: 500,
  });
  if (recovered === undefined)
    throw new Error(`the lake did not come back by itself: ${JSON.stringify(await lake.status(), null, 1)}`);
}
