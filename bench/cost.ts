import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestLake } from '../test/support/lake.ts';
import { planOfDefaults } from '../test/support/plan.ts';
import { estimateCosts } from '../src/aws/costs/estimate.ts';
import { memoryOf } from '../src/tools/process-identity.ts';
import { cpuSeconds, watchOthers } from './engine.ts';
import { type Figure, type Scenario } from './figure.ts';
import { interrupted, prepareLake } from './interruption.ts';

/** Dollars an hour that the reference implementation costs in an account (the customer's figure). */
const reference = 5;

/**
 * Measures processor, memory and disk that a local lake uses with the producers that `up` starts, and without producers. For an account it
 * gives the cost of the default lake by the same estimate as `plan`.
 */
export const cost: Scenario = async (tell, { smoke }) => {
  const seconds = smoke ? { rest: 3, work: 8, idle: 5 } : { rest: 60, work: 300, idle: 120 };
  const lake = await prepareLake();
  const figures: Figure[] = [];
  try {
    await lake.run('up', '--source', 'simulate');
    await sleep(seconds.rest);
    figures.push(...(await measure(lake, 'at work', seconds.work, tell)));
    await lake.run('produce', '--stop');
    await lake.settle();
    await sleep(seconds.rest);
    figures.push(...(await measure(lake, 'idle', seconds.idle, tell)));
  } finally {
    await lake.remove();
  }
  const { perHour, lines } = estimateCosts(await planOfDefaults());
  for (const { part, what, perHour } of lines)
    tell(`in an account: ${part}, ${what}: ${perHour.toFixed(3)} dollars an hour`);
  figures.push({ what: 'the default lake in an account', value: perHour, unit: '$/h', goal: reference });
  return figures;
};

async function measure(
  lake: TestLake,
  state: string,
  seconds: number,
  tell: (line: string) => void,
): Promise<Figure[]> {
  const processes = await processesOf(lake);
  const others = watchOthers([process.pid, ...processes.map(({ pid }) => pid)]);
  const look = () => ({
    at: performance.now(),
    disk: diskBytes(lake.data),
    cpu: processes.map(({ pid }) => cpuSeconds(pid)),
  });
  const before = look();
  await sleep(seconds);
  const after = look();
  tell(`${state}: others took ${others().toFixed(0)}% of a core`);
  const passed = (after.at - before.at) / 1000;
  const used = processes.map(({ title, pid }, at) => ({
    title,
    share: (100 * ((after.cpu[at] ?? 0) - (before.cpu[at] ?? 0))) / passed,
    memory: (memoryOf(pid) ?? 0) / 1e6,
  }));
  const sum = (of: 'share' | 'memory') => used.reduce((total, part) => total + part[of], 0);
  return [
    ...[...used, { title: 'all of it', share: sum('share'), memory: sum('memory') }].flatMap(
      ({ title, share, memory }): Figure[] => [
        { what: `${state}: ${title}, processor`, value: share, unit: '%' },
        { what: `${state}: ${title}, memory (proportional)`, value: memory, unit: 'MB' },
      ],
    ),
    { what: `${state}: growth on disk`, value: ((after.disk - before.disk) / 1e6 / passed) * 3600, unit: 'MB/h' },
  ];
}

/** The processes of the lake that are running. */
async function processesOf(lake: TestLake): Promise<{ title: string; pid: number }[]> {
  const { parts, resident: supervisor } = await lake.status();
  const up = parts.flatMap(({ title, pid }) => (pid === undefined ? [] : [{ title, pid }]));
  return supervisor === undefined ? up : [...up, { title: 'supervisor', pid: supervisor.pid }];
}

/** Bytes that a folder's files take on the disk, without holes. Files may appear and disappear meanwhile. */
function diskBytes(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  // A block of stat is always 512 bytes: see stat(2).
  if (found?.isDirectory() !== true) return (found?.blocks ?? 0) * 512;
  return namesIn(path).reduce((sum, name) => sum + diskBytes(join(path, name)), 0);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sleep(seconds: number): Promise<void> {
  return pause(seconds * 1000, undefined, { signal: interrupted });
}
