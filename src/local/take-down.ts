import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Fault } from '../errors.ts';
import { Journal, type Entry } from '../engine/journal.ts';
import { undoSteps } from '../engine/run.ts';
import { forget } from '../settings/remembered.ts';
import { localKinds } from './steps/kinds.ts';
import { isStreamJob, type Lake } from '../lake/schema.ts';
import { daemon } from './steps/daemon.ts';
import { accountsFolder } from '../settings/accounts-folder.ts';
import type { LocalLake } from './lake.ts';
import type { Layout } from './layout.ts';
import { holderOf, isFree } from './ports.ts';
import { readJobProgress } from '../tools/progress.ts';
import { awaitAnswer } from '../tools/waiting.ts';
import { lockLake } from './lake-lock.ts';
import type { Caller } from '../work.ts';

export interface DownOptions {
  /** leave tables and index; topics go once everything in them has arrived there */
  keepData: boolean;
}

/** What was left afterwards; empty lists prove that all is gone. */
export interface Proof {
  removed: number;
  processes: string[];
  ports: string[];
  files: string[];
}

const drainWithinMs = 60_000;

/**
 * Removes the lake in the reverse order of its making, and proves it.
 * @throws Fault of kind `part` when something of ours is left
 */
export async function takeDown(lake: LocalLake, caller: Caller, options: DownOptions): Promise<Proof> {
  const { layout } = lake;
  if (!existsSync(layout.data)) return { removed: 0, processes: [], ports: [], files: [] };
  const release = lockLake(layout, 'cryptodm down');
  try {
    const journal = Journal.open(layout.journal, localKinds);
    const run = { journal, session: { env: caller.env }, signal: caller.signal, onEvent: caller.onEvent };
    const ports = journal.allOf(daemon).flatMap((entry) => entry.inputs.daemon.ports);
    let chosen = journal.all();
    const removed = chosen.length;
    if (options.keepData) {
      const producers = chosen.filter((entry) => entry.id.startsWith('producer-'));
      await undoSteps(producers, run);
      const keep = (await drain(lake, caller)) ? [] : ['kafka-folder', 'checkpoints-folder'];
      chosen = journal.all().filter((entry) => entry.data !== true && !keep.includes(entry.id));
    }
    await undoSteps(chosen, run);
    await stopForgotten(lake, chosen);
    if (!options.keepData) {
      removeLeftovers(layout);
      release();
      removeEmpty(layout.data);
    }
    const proof = await prove(layout.data, ports, options.keepData);
    const left = [...proof.processes, ...proof.ports, ...proof.files];
    if (left.length > 0) {
      throw new Fault('part', `something of ours is left:\n${left.join('\n')}`, {
        next: 'Run "cryptodm down" again.',
        facts: { ...proof },
      });
    }
    return { ...proof, removed };
  } finally {
    release();
  }
}

/** Waits until the jobs have read all that the topics hold. False when they did not: then the topics must stay. */
async function drain(lake: LocalLake, caller: Caller): Promise<boolean> {
  const { layout } = lake;
  const { topicRanges } = await import('../tools/kafka.ts');
  const { topics, jobs } = await lake.declaration();
  const parts = await lake.supervisor.parts();
  const isUp = (id: string) => parts.some((part) => part.daemon.id === id && part.state === 'up');
  if (!isUp('kafka')) return !existsSync(layout.kafka);
  const names = new Map<string, string>(topics.map((topic) => [topic.id, topic.name]));
  const ranges = await topicRanges(lake.broker, [...names.values()]);
  const behind = () =>
    jobs.filter(isStreamJob).filter((job) => {
      const offsets = readJobProgress(layout.jobProgress(job.id))?.offsets ?? {};
      const partitions = Object.entries(ranges[names.get(job.topic) ?? ''] ?? {});
      return partitions.some(([partition, range]) => range.high > range.low && (offsets[partition] ?? 0) < range.high);
    });
  const drained = isUp('spark')
    ? await awaitAnswer(() => (behind().length === 0 ? true : undefined), {
        withinMs: drainWithinMs,
        everyMs: 100,
        signal: caller.signal,
      })
    : behind().length === 0;
  if (drained === true) {
    await followUp(lake, caller, jobs, isUp('spark'));
    return true;
  }
  const waiting = behind()
    .map((job) => job.title)
    .join(', ');
  caller.onEvent({
    event: 'message',
    text: `Not everything has arrived (${waiting}): the topics are kept, so that the next "cryptodm up" goes on.`,
  });
  return false;
}

/** Waits until the jobs that read tables have taken what has arrived there. What they leave, the next "up" goes on with: tables stay. */
async function followUp({ layout }: LocalLake, caller: Caller, jobs: Lake['jobs'], running: boolean): Promise<void> {
  const since = new Date().toISOString();
  const behind = () =>
    jobs.filter((job) => {
      const progress = readJobProgress(layout.jobProgress(job.id));
      return !isStreamJob(job) && progress !== undefined && ((progress.takenAt ?? '') < since || progress.lag !== 0);
    });
  const done = running
    ? await awaitAnswer(() => (behind().length === 0 ? true : undefined), {
        withinMs: drainWithinMs,
        everyMs: 100,
        signal: caller.signal,
      })
    : undefined;
  if (done === undefined && jobs.some((job) => !isStreamJob(job))) {
    const text = 'Silver and gold lag behind the tables: the next "cryptodm up" brings them up to them.';
    caller.onEvent({ event: 'message', text });
  }
}

/** Stops parts that run although the journal does not know them, for example because it was lost. */
async function stopForgotten({ supervisor }: LocalLake, undone: Entry[]): Promise<void> {
  if (undone.some((entry) => entry.id === 'resident') && (await supervisor.parts()).length === 0) return;
  for (const part of await supervisor.parts()) await supervisor.remove(part.daemon.id);
  await supervisor.end();
}

/** Removes what no step made: remembered flags, and a draft of the journal when its writer was killed. */
function removeLeftovers(layout: Layout): void {
  forget(layout.data);
  rmSync(`${layout.journal}.new`, { force: true });
  removeEmpty(layout.run);
}

function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

async function prove(data: string, ports: number[], keptData: boolean): Promise<Omit<Proof, 'removed'>> {
  const taken = await Promise.all(
    ports.map(async (port) => ((await isFree(port)) ? [] : [`port ${String(port)}: ${holderOf(port) ?? 'in use'}`])),
  );
  // The folders of lakes in an account stay.
  const names = keptData || !existsSync(data) ? [] : readdirSync(data).filter((name) => name !== accountsFolder);
  const files = names.map((name) => `file ${data}/${name}`);
  return { processes: processesOf(data), ports: taken.flat(), files };
}

/** Processes whose command line names the lake's folder, where the system shows them. */
function processesOf(data: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    try {
      const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      const ours = args.some((arg) => arg.includes(`${data}/`)) && args.some((arg) => /java|supervise/.test(arg));
      return ours ? [`process ${entry}: ${args.slice(0, 3).join(' ')}`] : [];
    } catch {
      return [];
    }
  });
}
