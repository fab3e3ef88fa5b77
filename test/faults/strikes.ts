import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from '../../src/tools/process-identity.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';
import type { Ran, TestLake } from '../support/lake.ts';
import type { Machine } from './machine/machine.ts';
import { describeAct, type Act, type AimedAct, type Schedule, type Strike } from './schedule.ts';
import { Timeline } from './timeline.ts';
import { findVictim } from './victims.ts';

/** exit code of a command while another one works on the lake */
const busy = 8;

/** of a command that was killed */
const killed = -1;

/** How long the kernel may take to kill a process that gets no more memory. */
const starvedWithinMs = 10_000;

/** A strike that happened; if its target did not run it has hit nothing. */
export type Struck = Strike & {
  hit: boolean;
  /** of `performance.now()` */
  at: number;
};

export interface Stricken {
  struck: Struck[];
  /** strikes of kinds that can't be had here */
  skipped: Strike[];
  /** each `up` and each optimiser that ran to its end, with its exit code */
  ups: Ran[];
  optimizers: Ran[];
}

/** What is struck. */
export interface Field {
  lake: TestLake;
  machine: Machine;
  /** cuts the power below the lake */
  cut: () => Promise<void>;
  tell: (line: string) => void;
}

/**
 * Runs a schedule against a lake and waits until the last fault is over and all commands have ended. Commands that run during strikes may
 * fail; the result has their outcome. Those that a power cut ended are left out.
 */
export async function strike(field: Field, schedule: Schedule): Promise<Stricken> {
  const { machine } = field;
  const planned = schedule.strikes.filter(({ kind }) => !machine.missing.has(kind));
  const skipped = schedule.strikes.filter(({ kind }) => machine.missing.has(kind));
  const stricken: Stricken = { struck: [], skipped, ups: [], optimizers: [] };
  const timeline = new Timeline();
  const tell = (line: string) => field.tell(`${(timeline.now / 1000).toFixed(1).padStart(5)} s  ${line}`);
  const up = async (): Promise<Ran> => {
    tell('up');
    const ran = await callUp(field.lake);
    if (ran.code !== killed) stricken.ups.push(ran);
    tell(`up ended with ${String(ran.code)}${lastWords(ran)}`);
    return ran;
  };
  const acts = [
    ...planned.map(async (one) => {
      await timeline.reach(one.atMs);
      const at = performance.now();
      const hit = await hurt(one, { ...field, tell }, timeline, up);
      stricken.struck.push({ ...one, at, hit });
    }),
    ...schedule.optimize.map(async (ms) => {
      await timeline.reach(ms);
      tell('optimize-iceberg');
      const ran = await field.lake.try(['optimize-iceberg', '--json']);
      if (ran.code !== killed) stricken.optimizers.push(ran);
      tell(`optimize-iceberg ended with ${String(ran.code)}${lastWords(ran)}`);
    }),
    ...schedule.ups.map(async (ms) => {
      await timeline.reach(ms);
      await up();
    }),
  ];
  // No command may still run when the caller looks at the results.
  const failed = (await Promise.allSettled(acts)).find((act) => act.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return stricken;
}

/** Another command may still work on the lake: a user would retry. */
async function callUp(lake: TestLake): Promise<Ran> {
  const ran = await awaitAnswer(
    async () => {
      const tried = await lake.try(['up']);
      return tried.code === busy ? undefined : tried;
    },
    { withinMs: 300_000, everyMs: 500 },
  );
  if (ran === undefined) throw new Error('the lake was never free for an "up"');
  return ran;
}

function lastWords({ code, stderr, stdout }: Ran): string {
  return code === 0 || code === killed ? '' : `: ${(stderr + stdout).trim().split('\n').slice(-6).join('\n      ')}`;
}

/** Strikes, and waits until the fault is over. @returns whether it has hit anything */
async function hurt(act: Act, field: Field, timeline: Timeline, up: () => Promise<Ran>): Promise<boolean> {
  switch (act.kind) {
    case 'kill':
    case 'stop':
    case 'pause':
    case 'oom':
      return hurtProcess(act, field, timeline);
    case 'cut': {
      field.tell(describeAct(act));
      timeline.stop();
      await field.cut();
      const back = up();
      await Promise.race([back, pause(act.upMs)]);
      timeline.go();
      await back;
      return true;
    }
    case 'partition':
    case 'delay':
    case 'clock':
    case 'slow-disk': {
      field.tell(describeAct(act));
      const end = begin(act, field);
      try {
        await pause(act.forMs);
      } finally {
        end();
      }
      return true;
    }
  }
}

/** Begins a fault of what all processes stand on. @returns a function that ends it */
function begin(act: Exclude<Act, AimedAct | { kind: 'cut' }>, { lake, machine }: Field): () => void {
  const { links, clocks, disk, diskLimit } = machine;
  const ports = { kafka: portOf(lake.broker.bootstrapServers), elasticsearch: portOf(lake.search) };
  switch (act.kind) {
    case 'partition':
      return need(links).part(machine.flowOf(act.link, ports), act.side);
    case 'delay':
      return need(links).slow(machine.flowOf(act.link, ports), act.bytesPerSecond);
    case 'clock':
      return need(clocks).set(act.clock, act.byMs);
    case 'slow-disk':
      return need(diskLimit).slow(need(disk).device, act.bytesPerSecond, act.writesPerSecond);
  }
}

function need<T>(means: T | undefined): T {
  if (means === undefined) throw new Error('a strike that can not be had here was not left out');
  return means;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

async function hurtProcess(act: AimedAct, { lake, machine, tell }: Field, timeline: Timeline): Promise<boolean> {
  const victim = findVictim(lake.data, act.target);
  if (victim === undefined || !isAlive(victim)) {
    tell(`${describeAct(act)} (not there)`);
    return false;
  }
  tell(describeAct(act));
  try {
    if (act.kind === 'oom') {
      const hit = await need(machine.memory).starve(victim, starvedWithinMs);
      if (!hit) tell(`${describeAct(act)}: it asked for no memory in time`);
      return hit;
    }
    if (act.kind !== 'pause') process.kill(victim.pid, act.kind === 'stop' ? 'SIGTERM' : 'SIGKILL');
    else {
      process.kill(victim.pid, 'SIGSTOP');
      await pause(act.forMs);
      // The supervisor may have ended it meanwhile, because it did not answer; a power cut stops and ends it in any case.
      if (isAlive(victim) && !timeline.stands) process.kill(victim.pid, 'SIGCONT');
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  return true;
}

/** Waits until all parts are up again and the jobs run, without any command. @throws Error with the last status */
export async function awaitRecovery(lake: TestLake): Promise<void> {
  const recovered = await awaitAnswer(async () => ((await lake.status()).state === 'up' ? true : undefined), {
    withinMs: 240_000,
    everyMs: 500,
  });
  if (recovered === undefined)
    throw new Error(`the lake did not come back by itself: ${JSON.stringify(await lake.status(), null, 1)}`);
}
