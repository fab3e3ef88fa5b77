import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { periodOf, timeAfter, type CalendarTime } from './calendar.ts';
import { waitAfter } from '../../tools/backoff.ts';
import { endGroup, identify, isAlive, type ProcessIdentity } from '../../tools/process-identity.ts';
import { markName, markOf, scheduleMark } from './marks.ts';
import { readRunning, withLog, writeRunning, writeWhole, type ScheduleFiles } from './parts.ts';

/** A command of ours, as `up` writes it down. */
export interface Command {
  /** such as `optimize` */
  id: string;
  title: string;
  /** arguments of node */
  args: string[];
  cwd: string;
  /** settings that the environment of `up` held; never a secret */
  env: Record<string, string>;
  log: string;
}

/** What fetches again from the market's history. */
export interface Refill {
  /** gets `--from` and a time */
  command: Command;
  /** progress file of the job that fills the table of quotes */
  job: string;
  /** progress file of the producer of quotes */
  producer: string;
}

/** One that is run again and again. */
export interface Schedule extends CalendarTime, Command {
  /** JSON with `endedAt` of the last time that it was done, also by hand */
  doneFile?: string | undefined;
}

export interface Outcome {
  startedAt: string;
  endedAt: string;
  /** `interrupted`: it was ended, or it ended while no supervisor ran */
  outcome: 'done' | 'failed' | 'interrupted';
  detail?: string;
}

/** What is remembered of a schedule, across restarts and `down --keep-data`. */
interface Memory {
  /** when it was first seen: an earlier time was never missed */
  since: string;
  done?: string;
  last?: Outcome;
  /** failures since it was done */
  failures: number;
  retryAt?: string;
}

export interface ScheduleState {
  id: string;
  title: string;
  running: boolean;
  last: Outcome | undefined;
  /** when it is run next; a time in the past means soon */
  next: string;
  log: string;
}

/** Two clocks, which tests set. */
export interface Clock {
  /** milliseconds since 1970; may jump */
  now: () => number;
  /** milliseconds; never jumps */
  elapsed: () => number;
}

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() };

/** Starts a command. @returns undefined when it could not be started */
export type StartCommand = (
  command: Command,
  ended: (outcome: Outcome['outcome'], detail?: string) => void,
) => ProcessIdentity | undefined;

/** Nothing is run so soon after the start of the supervisor, because `up` needs the processor then. */
const settleMs = 2 * 60_000;
const firstRetryMs = 10 * 60_000;
const longestRetryMs = 6 * 60 * 60_000;
const graceMs = 15_000;

/** Runs the lake's schedules, one at a time, and makes up for those that were missed. */
export class Schedules {
  private schedules: Schedule[] = [];
  private memories: Record<string, Memory> = {};
  private readAt: number | undefined;
  private running: { id: string; startedAt: string; process: ProcessIdentity; ours: boolean } | undefined;
  /** when each was started last, by the clock that never jumps */
  private readonly started = new Map<string, number>();
  private readonly begun: number;
  private ending = false;

  constructor(
    private readonly files: ScheduleFiles,
    private readonly log: (line: string) => void,
    private readonly start: StartCommand,
    private readonly clock: Clock = systemClock,
  ) {
    this.begun = clock.elapsed();
    this.memories = readMemories(files.memory);
    const left = readRunning(files.running);
    if (left !== undefined) this.running = { ...left, ours: false };
  }

  /** Looks once whether something is to be run. */
  tick(): void {
    if (this.ending) return;
    this.read();
    if (this.running !== undefined) {
      // An earlier supervisor started it, so its exit code never reaches this process.
      if (!this.running.ours && !isAlive(this.running.process))
        this.note('interrupted', 'it ended while no supervisor ran');
      return;
    }
    if (this.clock.elapsed() - this.begun < settleMs) return;
    const now = this.clock.now();
    this.forgetFuture(now);
    const due = this.schedules
      .map((schedule) => ({ schedule, at: this.nextOf(schedule) }))
      .filter(({ schedule, at }) => at <= now && !this.wasJustRun(schedule))
      .sort((one, other) => one.at - other.at)[0];
    if (due !== undefined) this.run(due.schedule);
  }

  states(): ScheduleState[] {
    this.read();
    return this.schedules.map((schedule) => ({
      id: schedule.id,
      title: schedule.title,
      running: this.running?.id === schedule.id,
      last: this.memories[schedule.id]?.last,
      next: new Date(this.nextOf(schedule)).toISOString(),
      log: schedule.log,
    }));
  }

  /** Ends the running command; no other is started. */
  async end(): Promise<void> {
    this.ending = true;
    if (this.running !== undefined) await endGroup(this.running.process, graceMs);
    rmSync(this.files.running, { force: true });
  }

  /** Leaves a running command to the next supervisor. */
  release(): void {
    this.ending = true;
  }

  private read(): void {
    try {
      const { mtimeMs } = statSync(this.files.declared);
      if (mtimeMs === this.readAt) return;
      this.schedules = readSchedules(this.files.declared);
      this.readAt = mtimeMs;
    } catch {
      // Before the first `up` has written it, or during `down`.
      this.schedules = [];
      return;
    }
    const fresh = this.schedules.filter(({ id }) => this.memories[id] === undefined);
    if (fresh.length === 0) return;
    for (const { id } of fresh) this.memories[id] = { since: this.iso(), failures: 0 };
    this.save();
  }

  /** After the clock was set back, a time in the future counts as now, so that schedules go on by the new clock. */
  private forgetFuture(now: number): void {
    const ahead = Object.values(this.memories).filter(({ since, done }) => Date.parse(done ?? since) > now);
    if (ahead.length === 0) return;
    for (const memory of ahead) memory.done = new Date(now).toISOString();
    this.save();
  }

  /** When it is to be run next, in milliseconds since 1970. */
  private nextOf(schedule: Schedule): number {
    const memory = this.memories[schedule.id];
    const now = this.clock.now();
    if (memory === undefined) return timeAfter(schedule, now);
    if (memory.retryAt !== undefined) return Math.min(Date.parse(memory.retryAt), now + longestRetryMs);
    const done = Date.parse(memory.done ?? memory.since);
    const elsewhere = doneElsewhere(schedule) ?? 0;
    return timeAfter(schedule, elsewhere > now ? done : Math.max(done, elsewhere));
  }

  /** A clock that jumps makes nothing run twice within half its period; a failure may be tried again. */
  private wasJustRun(schedule: Schedule): boolean {
    const started = this.started.get(schedule.id);
    if (started === undefined || (this.memories[schedule.id]?.failures ?? 0) > 0) return false;
    return this.clock.elapsed() - started < periodOf(schedule) / 2;
  }

  private run(schedule: Schedule): void {
    const { id } = schedule;
    this.started.set(id, this.clock.elapsed());
    const startedAt = this.iso();
    const process = this.start(schedule, (outcome, detail) => {
      if (this.running?.id === id) this.note(outcome, detail);
    });
    this.running = { id, startedAt, process: process ?? { pid: 0, started: '' }, ours: true };
    if (process === undefined) {
      this.note('failed', 'it could not be started');
      return;
    }
    this.write(() => {
      writeRunning(this.files.running, { id, startedAt, process });
    });
    this.log(`started ${id} by its schedule, pid ${String(process.pid)}`);
  }

  private note(outcome: Outcome['outcome'], detail?: string): void {
    const { running } = this;
    if (running === undefined || this.ending) return;
    this.running = undefined;
    const memory = (this.memories[running.id] ??= { since: running.startedAt, failures: 0 });
    memory.last = {
      startedAt: running.startedAt,
      endedAt: this.iso(),
      outcome,
      ...(detail === undefined ? {} : { detail }),
    };
    if (outcome === 'done') {
      memory.done = memory.last.endedAt;
      memory.failures = 0;
      delete memory.retryAt;
    } else {
      memory.failures += 1;
      const wait = waitAfter(memory.failures, { firstWaitMs: firstRetryMs, longestWaitMs: longestRetryMs });
      memory.retryAt = new Date(this.clock.now() + wait).toISOString();
    }
    this.write(() => {
      rmSync(this.files.running, { force: true });
    });
    this.save();
    this.log(`${running.id} ended: ${outcome}${detail === undefined ? '' : ` (${detail})`}`);
  }

  private iso(): string {
    return new Date(this.clock.now()).toISOString();
  }

  private save(): void {
    this.write(() => {
      writeWhole(this.files.memory, { version: 1, schedules: this.memories });
    });
  }

  private write(act: () => void): void {
    try {
      act();
    } catch (error) {
      // A full disk must not end the supervisor.
      this.log(`can't write down the schedules: ${(error as Error).message}`);
    }
  }
}

/** Starts commands in a process group of their own. @param env to which that of a command is added. @param partsFile see `markOf` */
export function commandStarter(env: NodeJS.ProcessEnv, partsFile: string): StartCommand {
  return (command, ended) => {
    const child = withLog(command.log, (log) =>
      spawn(process.execPath, command.args, {
        cwd: command.cwd,
        detached: true,
        env: { ...env, ...command.env, [markName]: markOf(partsFile, `${scheduleMark}${command.id}`) },
        stdio: ['ignore', log, log],
      }),
    );
    child.on('error', (error) => {
      ended('failed', error.message);
    });
    child.on('exit', (code, signal) => {
      if (code === 0) ended('done');
      else if (signal !== null) ended('interrupted', signal);
      else ended('failed', `exit code ${String(code)}, see ${command.log}`);
    });
    child.unref();
    return child.pid === undefined ? undefined : identify(child.pid);
  };
}

/** A command that repairs something of the lake; undefined before an `up` of this version has written it. */
export function readRepair(file: string, which: 'up' | 'fill'): Command | undefined {
  return readDeclared(file)[which];
}

/** What fetches lost quotes again; undefined before an `up` of this version has written it. */
export function readRefill(file: string): Refill | undefined {
  return readDeclared(file).refill;
}

interface Declared {
  up?: Command;
  fill?: Command;
  refill?: Refill;
}

function readDeclared(file: string): Declared {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Declared;
  } catch {
    return {};
  }
}

export function readSchedules(file: string): Schedule[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { schedules: Schedule[] }).schedules;
}

function readMemories(file: string): Record<string, Memory> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { schedules: Record<string, Memory> }).schedules;
  } catch {
    return {};
  }
}

function doneElsewhere({ doneFile }: Schedule): number | undefined {
  if (doneFile === undefined) return undefined;
  try {
    const { endedAt, whole } = JSON.parse(readFileSync(doneFile, 'utf8')) as { endedAt?: string; whole?: boolean };
    return endedAt === undefined || whole !== true ? undefined : Date.parse(endedAt);
  } catch {
    return undefined;
  }
}
