import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault } from '../../errors.ts';
import { readEvents } from '../services/cloudwatch-logs.ts';
import { findAnyCluster, listSteps, type EmrStep } from '../services/emr.ts';
import { listObjects, readObjectBytes } from '../services/objects.ts';
import { linesSince } from '../../tools/log-lines.ts';
import { functionNames } from '../../lake/functions.ts';
import type { AwsLake } from '../lake.ts';

export interface AwsLogRequest {
  /** one of `awsLogParts`; absent: all but the brokers */
  part: string | undefined;
  follow: boolean;
  since: Date;
  signal: AbortSignal;
  write: (part: string, line: string) => void;
}

/** Where the lines of a part come from. Each read writes what is new since the one before. */
interface LogSource {
  part: string;
  read: () => Promise<void>;
}

/** Parts of a lake in an account that log: producers, functions, stream jobs, maintenance, brokers. */
export function awsLogParts(lake: AwsLake): string[] {
  const producers = lake.lake.producers.map(({ id }) => `producer-${id}`);
  const topics = lake.settings.aws.producers === 'fargate' ? ['topics'] : [];
  return [
    ...producers,
    ...topics,
    ...functionNames,
    ...lake.lake.jobs.map(({ id }) => id),
    'optimize',
    'index-rebuild',
    'kafka',
  ];
}

/**
 * Writes what the parts have logged: producers and functions from CloudWatch Logs, jobs from the cluster's log bucket, where EMR puts the logs
 * with some minutes' delay.
 * @throws Fault of kind `usage` for an unknown part
 */
export async function readAwsLogs(lake: AwsLake, request: AwsLogRequest): Promise<void> {
  const parts = awsLogParts(lake);
  if (request.part !== undefined && !parts.includes(request.part)) {
    throw new Fault('usage', `there is no part ${request.part}`, { next: `There are: ${parts.join(', ')}.` });
  }
  // Brokers log much, and little of it is about the lake.
  const chosen = request.part === undefined ? parts.filter((part) => part !== 'kafka') : [request.part];
  const sources = chosen.map((part) => sourceOf(lake, part, request));
  for (const source of sources) await source.read();
  while (request.follow && !request.signal.aborted) {
    await pause(2000, undefined, { signal: request.signal }).catch(() => undefined);
    for (const source of sources) if (!request.signal.aborted) await source.read();
  }
}

function sourceOf(lake: AwsLake, part: string, request: AwsLogRequest): LogSource {
  if (part === 'kafka') return groupSource(lake, part, request, { group: `/crypto-lake/${lake.prefix}/msk` });
  if (part.startsWith('producer-') || part === 'topics') {
    const { producerLogs: group } = lake.names;
    // Each task has a stream of its own.
    const inContainers = lake.settings.aws.producers === 'fargate';
    return groupSource(
      lake,
      part,
      request,
      inContainers ? { group, streams: `task/${part}/` } : { group, stream: part },
    );
  }
  if ((functionNames as readonly string[]).includes(part)) {
    return groupSource(lake, part, request, { group: `/aws/lambda/${lake.names.named(part)}` });
  }
  // Glue writes what the main prints to this group, and what Spark logs to one beside it.
  if (part === 'optimize' && lake.settings.aws.upkeep !== 'emr') {
    return groupSource(lake, part, request, { group: `${lake.names.maintenanceLogs}/output` });
  }
  return stepSource(lake, part, request);
}

/** Events come late and out of order by some seconds: a little is read again, and known events are left out. */
const overlapMs = 60_000;

function groupSource(
  lake: AwsLake,
  part: string,
  { since, signal, write }: AwsLogRequest,
  where: { group: string; stream?: string; streams?: string },
): LogSource {
  let latest = since.getTime();
  let seen = new Map<string, number>();
  return {
    part,
    read: async () => {
      const from = Math.max(since.getTime(), latest - overlapMs);
      for await (const { id, stream, at, line } of readEvents(lake.connection, { ...where, from }, signal)) {
        const key = id === '' ? `${stream} ${String(at)} ${line}` : id;
        if (seen.has(key)) continue;
        seen.set(key, at);
        latest = Math.max(latest, at);
        write(part, line);
      }
      seen = new Map([...seen].filter(([, at]) => at >= latest - overlapMs));
    },
  };
}

const unzip = promisify(gunzip);

/** The steps of a part that have run since then, oldest first. A job that failed has been submitted again as another step. */
export function stepsSince(steps: readonly EmrStep[], part: string, since: Date): EmrStep[] {
  const ran = steps.filter(({ name, ended }) => name === part && (ended === undefined || ended >= since));
  return ran.sort((a, b) => (a.created?.getTime() ?? 0) - (b.created?.getTime() ?? 0));
}

/** The logs of the steps of a part, and of the containers of their applications. */
function stepSource(lake: AwsLake, part: string, { since, signal, write }: AwsLogRequest): LogSource {
  const shown = new Map<string, { modified: number; lines: number }>();
  let readAt = 0;
  const showStep = async (cluster: string, step: string) => {
    let application: string | undefined;
    const show = async (folder: string) => {
      for (const { key, modified } of await listObjects(lake.connection, lake.names.buckets.logs, folder)) {
        if (!/\/(stdout|stderr)(\.gz)?$/.test(key)) continue;
        const before = shown.get(key);
        if (before?.modified === modified.getTime()) continue;
        const text = await readText(lake, key);
        application ??= /application_\d+_\d+/.exec(text)?.[0];
        const lines = linesSince(text, since);
        for (const line of lines.slice(before?.lines ?? 0)) write(part, line);
        shown.set(key, { modified: modified.getTime(), lines: lines.length });
      }
    };
    await show(`emr/${cluster}/steps/${step}/`);
    if (application !== undefined) await show(`emr/${cluster}/containers/${application}/`);
  };
  return {
    part,
    read: async () => {
      // EMR delivers logs every few minutes.
      if (Date.now() - readAt < 15_000 || signal.aborted) return;
      readAt = Date.now();
      const cluster = await findAnyCluster(lake.connection, lake.names.cluster);
      if (cluster === undefined) return;
      for (const { id } of stepsSince(await listSteps(lake.connection, cluster.id), part, since)) {
        await showStep(cluster.id, id);
      }
    },
  };
}

async function readText(lake: AwsLake, key: string): Promise<string> {
  const bytes = (await readObjectBytes(lake.connection, lake.names.buckets.logs, key)) ?? new Uint8Array();
  return (key.endsWith('.gz') ? await unzip(bytes) : Buffer.from(bytes)).toString('utf8');
}
