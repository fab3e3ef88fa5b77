import { evaluateAlarms } from '../alarms/evaluation.ts';
import type { Problem } from '../../lake/alarms.ts';
import { readAlertMemory } from '../alarms/memory.ts';
import { renderIndexDefinition } from '../../lake/mapping.ts';
import { isStreamJob, type Lake } from '../../lake/schema.ts';
import { readGenerations } from '../steps/generations-file.ts';
import type { LocalLake } from '../lake.ts';
import { copiedFrom } from '../lake-folder.ts';
import { examineMemory } from '../memory-files.ts';
import { strangerAt } from '../ports.ts';
import { findStrays, readParts, type Part } from '../supervisor/parts.ts';
import { isAlive, memoriesOf } from '../../tools/process-identity.ts';
import { readMaintenance } from '../maintenance-record.ts';
import { figuresOf } from '../../tools/job-figures.ts';
import { readJobProgress, readProducerProgress } from '../../tools/progress.ts';
import { BacklogWatch, topicBytes } from './backlog.ts';
import type { KnownSearch } from '../../tools/search-identity.ts';
import { requestSearch } from '../../tools/search-request.ts';
import { roomOf } from './free-space.ts';
import { lookAtSearch } from './conditions.ts';
import type { Found, JobStatus, LakeStatus, PartStatus, Stranger } from './model.ts';
import { isMinor, nameProblems } from './problems.ts';
import { findMute } from './silence.ts';
import { tablesOf } from './table-status.ts';

/**
 * Looks at everything of a lake at once. What does not answer is left undefined, never waited for.
 * @param backlogs what earlier looks have measured
 */
export async function collectStatus(lake: LocalLake, backlogs = new BacklogWatch()): Promise<LakeStatus> {
  const { layout, supervisor } = lake;
  const declaration = await lake.declaration();
  const { topics, indexes, jobs: declaredJobs, producers: declaredProducers, alarms: declaredAlarms } = declaration;
  const running = await supervisor.state();
  const remembered = running?.parts ?? readParts(layout.parts);
  const known = remembered.map((part): PartStatus => {
    const living = part.process !== undefined && isAlive(part.process);
    const waiting = part.state === 'waiting' && running !== undefined;
    return {
      id: part.daemon.id,
      title: part.daemon.title,
      state: living
        ? 'up'
        : waiting
          ? 'restarting'
          : part.state === 'failed' || part.state === 'ended'
            ? part.state
            : 'down',
      since: part.since,
      pid: living ? part.process?.pid : undefined,
      memoryBytes: undefined,
      ports: part.daemon.ports,
      restarts: part.restarts,
      lastExit: part.lastExit,
      refusal: part.refusal,
    };
  });
  const isUp = (id: string) => known.some((part) => part.id === id && part.state === 'up');
  const index = indexes[0]?.name ?? '';
  const pids = [...known, running].flatMap((who) => who?.pid ?? []);
  const [broker, search, documents, { tables, unreadable, catalogFault, foreign }, memories, mute] = await Promise.all([
    isUp('kafka')
      ? topicsOf(
          lake,
          topics.map((topic) => topic.name),
        )
      : undefined,
    isUp('elasticsearch') ? lookAtSearch(lake.search, declaredIndex(declaration, index)) : undefined,
    isUp('elasticsearch') ? documentsOf(lake.search, lake.indexName(index)) : undefined,
    tablesOf(layout.catalog),
    memoriesOf(pids),
    findMute(lake, known),
  ]);
  const parts = known.map((part) => ({
    ...part,
    memoryBytes: part.pid === undefined ? undefined : memories.get(part.pid),
  }));
  const ranges = broker?.ranges;
  const topicNames = new Map<string, string>(topics.map((topic) => [topic.id, topic.name]));
  const generations = readGenerations(layout.generations);
  const jobs = declaredJobs.map((job): JobStatus => {
    const progress = readJobProgress(layout.jobProgress(job.id));
    const partitions = isStreamJob(job) ? ranges?.[topicNames.get(job.topic) ?? ''] : undefined;
    const lag =
      partitions === undefined
        ? undefined
        : Object.entries(partitions).reduce(
            (sum, [partition, range]) =>
              sum + Math.max(0, range.high - Math.max(range.low, progress?.offsets[partition] ?? 0)),
            0,
          );
    return {
      id: job.id,
      title: job.title,
      state: isUp('spark') ? (progress?.state ?? 'starting') : 'down',
      since: progress?.since,
      heardAt: progress?.at,
      waitingSince: running?.behind?.[layout.jobProgress(job.id)],
      lastBad: progress?.lastBad ?? undefined,
      wentBack: isUp('spark') ? progress?.wentBack?.reason : undefined,
      ...figuresOf(progress),
      // What the broker says now; unknown without one. A job that reads tables reports it itself.
      lag: isStreamJob(job) ? lag : figuresOf(progress).lag,
    };
  });
  const backlogOf = (id: string, name: string) => {
    const partitions = ranges?.[name];
    if (partitions === undefined) return undefined;
    const readers = declaredJobs
      .filter(isStreamJob)
      .filter((job) => job.topic === id)
      .map((job) => ({ title: job.title, offsets: readJobProgress(layout.jobProgress(job.id))?.offsets ?? {} }));
    const bytes = topicBytes(layout.kafkaLog, name);
    return backlogs.measure({ name, bytes, most: lake.settings.topics.size }, partitions, readers);
  };
  const producers = declaredProducers.flatMap(({ id }) => {
    const progress = isUp(`producer-${id}`) ? readProducerProgress(layout.producerProgress(id)) : undefined;
    if (progress === undefined) return [];
    const { source, sent, acknowledged, at, lastError, troubles, clockOffset, history } = progress;
    return [
      {
        ...{ id, source, sent, acknowledged, at },
        lastError: lastError ?? undefined,
        troubles: troubles ?? [],
        clockOffset: clockOffset ?? undefined,
        ...(history === undefined ? {} : { history }),
      },
    ];
  });
  const found = {
    data: layout.data,
    resident:
      running === undefined
        ? undefined
        : {
            pid: running.pid,
            since: running.since,
            memoryBytes: memories.get(running.pid),
            wokeAt: running.wokeAt,
          },
    conditions: { disk: roomOf(layout.data), brokerAnswers: broker?.answers, search },
    parts,
    strangers:
      running === undefined ? [] : findStrangers(parts, { kafka: broker?.foreign, elasticsearch: search?.foreign }),
    mute,
    muteSupervisor: running === undefined ? supervisor.pid() : undefined,
    // A supervisor that answers knows its parts.
    strays: running === undefined ? straysOf(layout.parts, remembered) : [],
    damaged: examineMemory(layout),
    copiedFrom: copiedFrom(layout),
    signIn: isUp('kafka') ? lake.signIn : undefined,
    dashboard: isUp('dashboard') ? lake.dashboard : undefined,
    jobs,
    producers,
    topics: topics.map(({ id, name }) => ({
      name,
      records:
        ranges?.[name] === undefined
          ? undefined
          : Object.values(ranges[name]).reduce((sum, range) => sum + range.high - range.low, 0),
      generation: generations[name]?.generation ?? 0,
      renewal: generations[name]?.renewal,
      backlog: backlogOf(id, name),
    })),
    tables,
    unreadable,
    catalogFault,
    foreign,
    documents,
    schedules: running?.schedules ?? [],
    upkeep: readMaintenance(layout),
  };
  const now = new Date();
  const problems = nameProblems(found, now);
  const memory = readAlertMemory(layout.alarms);
  const { alarms } = evaluateAlarms(declaredAlarms, problems, memory, now);
  const alerts = { channels: memory.channels, waiting: memory.outbox.length, errors: memory.errors };
  return { ...found, state: stateOf(found, problems), problems, alarms, alerts };
}

/** What stands where a part belongs: by its port, or by what it answers. A part that is done has no port. */
function findStrangers(parts: PartStatus[], foreign: Partial<Record<string, boolean>>): Stranger[] {
  return parts
    .filter(({ state }) => state !== 'ended')
    .flatMap(({ id, title, pid, ports }) => {
      const own = pid === undefined ? [] : [pid];
      const held = ports.flatMap((port): Stranger[] => {
        const holder = strangerAt(port, own);
        return holder === undefined ? [] : [{ part: id, title, where: `127.0.0.1:${String(port)}`, holder }];
      });
      const [port = 0] = ports;
      const answering = { part: id, title, where: `127.0.0.1:${String(port)}`, holder: undefined };
      return held.length > 0 || foreign[id] !== true ? held : [answering];
    });
}

function straysOf(file: string, parts: Part[]): { id: string; pid: number }[] {
  return findStrays(file, parts).map(({ id, process: its }) => ({ id, pid: its.pid }));
}

function stateOf(found: Found, problems: Problem[]): LakeStatus['state'] {
  const { parts, strays = [], jobs, resident } = found;
  if (parts.every((part) => part.state !== 'up') && strays.length === 0) return 'down';
  const sound =
    resident !== undefined &&
    parts.every((part) => part.state === 'up' || part.state === 'ended') &&
    jobs.every((job) => job.state === 'running') &&
    problems.every(isMinor);
  return sound ? 'up' : 'degraded';
}

/** An index with the mapping that it must have. */
function declaredIndex(lake: Lake, name: string) {
  return { name, mappings: renderIndexDefinition(lake, name).mappings };
}

async function topicsOf({ broker }: LocalLake, names: string[]) {
  const { lookAtTopics } = await import('../../tools/kafka.ts');
  return lookAtTopics(broker, names);
}

async function documentsOf(search: KnownSearch, index: string): Promise<number | undefined> {
  try {
    const response = await requestSearch(search, `/${index}/_count`, { signal: AbortSignal.timeout(1000) });
    return ((await response.json()) as { count?: number }).count;
  } catch {
    return undefined;
  }
}
