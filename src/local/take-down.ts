import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { Journal } from '../engine/journal.ts';
import { undoSteps } from '../engine/run.ts';
import { forget } from '../settings/remembered.ts';
import { localKinds } from './steps/kinds.ts';
import { isStreamJob, type Lake } from '../lake/schema.ts';
import { accountsFolder } from '../settings/accounts-folder.ts';
import type { LocalLake } from './lake.ts';
import { findCredential } from './credential.ts';
import { isLakeFolder, refuseCopy } from './lake-folder.ts';
import { ownFolders, type Layout } from './layout.ts';
import { repairMemory, setAside } from './memory-files.ts';
import { holderOf, holds } from './ports.ts';
import { realPath } from './supervisor/marks.ts';
import { endGroup, findOpened } from '../tools/process-identity.ts';
import { readJobProgress } from '../tools/progress.ts';
import { awaitAnswer } from '../tools/waiting.ts';
import { noteKeptPrices } from './kept-prices.ts';
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

/** Milliseconds that a process gets to end in order of which nothing else is known. */
const strayGraceMs = 20_000;

/**
 * Removes the lake in the reverse order of its making, and proves it.
 * @throws Fault of kind `part` when something of ours is left
 */
export async function takeDown(lake: LocalLake, caller: Caller, options: DownOptions): Promise<Proof> {
  const { layout, supervisor } = lake;
  // The folder may be gone while its processes are not.
  const isThere = existsSync(layout.data);
  if (!isThere && supervisor.processes().length === 0) return { removed: 0, processes: [], ports: [], files: [] };
  refuseCopy(layout);
  const release = lockLake(layout, 'cryptodm down');
  try {
    const isLake = isLakeFolder(layout) || supervisor.processes().length > 0;
    repairMemory(layout, caller, 'What is there is looked for instead.');
    const journal = Journal.open(layout.journal, localKinds);
    const run = { journal, session: { env: caller.env }, signal: caller.signal, onEvent: caller.onEvent };
    const ports = Object.values(lake.settings.ports);
    const opened = findOpened(supervisor.processes().map(({ process: its }) => its.pid));
    let chosen = journal.all();
    let removed = chosen.length;
    let keep: string[] = [];
    if (options.keepData) {
      const producers = chosen.filter((entry) => entry.id.startsWith('producer-'));
      await undoSteps(producers, run);
      keep = (await drain(lake, caller)) ? [] : ['kafka-folder', 'checkpoints-folder'];
      await noteKeptPrices(lake, caller);
      chosen = journal.all().filter((entry) => entry.data !== true && !keep.includes(entry.id));
    }
    await undoSteps(chosen, run);
    removed += await stopForgotten(lake);
    // Also what no journal names any more; a folder that is no lake is left alone.
    const folders = ownFolders(layout).filter(
      ({ id, holdsData }) => !keep.includes(id) && !(options.keepData && holdsData),
    );
    if (isLake) removed += folders.filter(({ path }) => removeWhole(path)).length;
    if (!options.keepData) {
      removeLeftovers(layout, isLake);
      release();
      removeEmpty(layout.data);
    }
    const proof = prove(lake, [...new Set(ports)], opened, options.keepData);
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
  // Nobody is waited for who is not of this lake, or does not answer.
  const ranges = await topicRanges(lake.broker, [...names.values()]).catch((error: unknown) => {
    caller.onEvent({ event: 'message', text: `The topics are kept: ${(error as Error).message}.` });
  });
  if (ranges === undefined) return false;
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

/**
 * Ends what runs although the journal does not know it, for example because it was lost: parts that the supervisor or its file names, then
 * every process that carries the lake's mark.
 * @returns how many
 */
async function stopForgotten({ supervisor }: LocalLake): Promise<number> {
  const parts = await supervisor.parts();
  for (const part of parts) await supervisor.remove(part.daemon.id);
  await supervisor.end();
  const left = supervisor.processes();
  await Promise.all(left.map(({ process: its }) => endGroup(its, strayGraceMs)));
  return parts.length + left.length;
}

/** True when there was such a folder. */
function removeWhole(path: string): boolean {
  if (!existsSync(path)) return false;
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  return true;
}

/** Removes what no step made: remembered flags, and a draft of the journal when its writer was killed. */
function removeLeftovers(layout: Layout, isLake: boolean): void {
  forget(layout.data);
  if (isLake || findCredential(layout) !== undefined) rmSync(layout.credential, { recursive: true, force: true });
  for (const path of [`${layout.journal}.new`, `${layout.credential}.new`, `${layout.identity}.new`, setAside(layout)])
    rmSync(path, { force: true });
  removeEmpty(layout.run);
}

function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

/** Looks for what is left of this lake. A port, a process or a file of anybody else is none of its business. */
function prove(
  { layout: { data }, settings, supervisor }: LocalLake,
  ports: number[],
  opened: string[],
  keptData: boolean,
): Omit<Proof, 'removed'> {
  const left = supervisor.processes();
  const held = ports.filter((port) => left.some(({ process: its }) => holds(its.pid, port)));
  // The folders of lakes in an account stay.
  const names = keptData || !existsSync(data) ? [] : readdirSync(data).filter((name) => name !== accountsFolder);
  // The cache is that of all lakes.
  const known = [data, settings.paths.cache].map((folder) => `${realPath(folder)}/`);
  const elsewhere = opened.filter((file) => !known.some((folder) => file.startsWith(folder)) && existsSync(file));
  return {
    processes: left.map(({ id, process: its }) => `process ${String(its.pid)}: ${id}`),
    ports: held.map((port) => `port ${String(port)}: ${holderOf(port) ?? 'in use'}`),
    files: [...names.map((name) => join(data, name)), ...elsewhere].map((file) => `file ${file}`),
  };
}
