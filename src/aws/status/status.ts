import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimateResources } from '../costs/estimate.ts';
import { readResources, type CostedResource } from '../costs/resources.ts';
import { lastEvent, lastEventOfNewest } from '../services/cloudwatch-logs.ts';
import { activeStates, findCluster, listSteps, type RunningCluster, type EmrStep } from '../services/emr.ts';
import { countNatGateways, findBrokers, findHost, type BrokersState, type HostState } from '../services/machines.ts';
import { describeServices, type ServiceState } from '../services/container-services.ts';
import { readObject } from '../services/objects.ts';
import { identifyCaller } from '../services/connection.ts';
import { readMetadataText } from '../services/tables.ts';
import type { Problem } from '../../lake/alarms.ts';
import type { GrowingTable } from '../../lake/disk-forecast.ts';
import { keptDaysOf } from '../../lake/maintenance.ts';
import { growthOf } from '../../tools/iceberg/growth.ts';
import { parseTableMetadata, totalsOf } from '../../tools/iceberg/metadata.ts';
import type { JobProgress } from '../../tools/progress.ts';
import { figuresOf, standsStillSince, type JobFigures } from '../../tools/job-figures.ts';
import type { AwsLake } from '../lake.ts';
import { findDeployment } from '../deployment/last-deployment.ts';
import { readMaintenance, type MaintenanceStatus } from '../maintenance/maintenance-status.ts';
import { readProgress } from '../jobs/stream-cluster.ts';
import { examineGuards, type Guards } from './guards.ts';
import { nameAwsProblems } from './problems.ts';

export interface AwsJobStatus extends JobFigures {
  id: string;
  title: string;
  /** `down`: no step of it runs */
  state: 'pending' | 'starting' | 'running' | 'retrying' | 'down';
  /** since when it ends no run, where it reads tables */
  stillSince?: string | undefined;
  step: string | undefined;
  /** time of its last progress */
  at: string | undefined;
}

export interface AwsLakeStatus {
  target: 'aws';
  prefix: string;
  region: string;
  account: string;
  /** `ended`: the time to live removed what costs by the hour, the data is still there */
  state: 'up' | 'degraded' | 'ended' | 'down';
  brokers: BrokersState | undefined;
  cluster: RunningCluster | undefined;
  host: HostState | undefined;
  /** the producers where they are containers; undefined where they have a host */
  services: ServiceState[] | undefined;
  jobs: AwsJobStatus[];
  /** what is wrong beyond the states of parts and jobs */
  problems: Problem[];
  /** the tables of which it is known how they grow */
  growing: GrowingTable[];
  /** what each producer logged last; a producer without problems logs little */
  producers: { id: string; at: string | undefined; line: string | undefined }[];
  /** UTC, undefined for a lake without an end */
  expiresAt: string | undefined;
  /** the last maintenance of the tables; undefined before the first */
  maintenance: MaintenanceStatus | undefined;
  /** what does not keep people informed yet */
  guards: Guards;
  /** of what exists now; undefined when the state can't be read */
  cost: { perHour: number; unpriced: string[] } | undefined;
}

/** Looks at every part of a lake in an account at once. @throws Faults of `callAws` */
export async function collectAwsStatus(lake: AwsLake): Promise<AwsLakeStatus> {
  const { connection, names, prefix } = lake;
  const account = await identifyCaller(connection);
  const deployment = await findDeployment(lake);
  const inContainers = deployment?.containers !== undefined;
  const [services, maintenance, brokers, cluster, host, nats, resources, jobProgress, producers, metadata] =
    await Promise.all([
      inContainers ? readServices(lake) : undefined,
      readMaintenance(lake),
      findBrokers(connection, `${prefix}-stream`),
      findCluster(connection, names.cluster),
      findHost(connection, `${prefix}-producers`),
      countNatGateways(connection, { key: 'lake', value: prefix }),
      stateResources(lake),
      Promise.all(lake.lake.jobs.map(({ id }) => readProgress(lake, id))),
      Promise.all(lake.lake.producers.map(({ id }) => readProducer(lake, id, inContainers))),
      Promise.all(
        lake.lake.tables.map(async ({ name }) => ({ table: name, text: await readMetadataText(connection, name) })),
      ),
    ]);
  const steps = cluster === undefined ? [] : await listSteps(connection, cluster.id);
  const jobs = lake.lake.jobs.map(({ id, title }, at) =>
    jobStatus(
      { id, title },
      steps.find(({ name, state }) => name === id && activeStates.has(state)),
      jobProgress[at],
    ),
  );
  const problems = nameAwsProblems(jobs, jobProgress, metadata);
  const producing = services === undefined ? host?.state === 'running' : runAsWanted(services, brokers !== undefined);
  const parts = [brokers?.state === 'ACTIVE', cluster !== undefined, producing];
  const gone = new Set([
    ...(brokers === undefined ? ['aws_msk_cluster'] : []),
    ...(cluster === undefined ? ['aws_emr_cluster'] : []),
    ...(host === undefined ? ['aws_instance'] : []),
    ...(services?.every(({ desired }) => desired === 0) === true ? ['aws_ecs_service'] : []),
    ...(nats === 0 ? ['aws_nat_gateway', 'aws_eip'] : []),
  ]);
  const existing = resources?.filter(({ type }) => !gone.has(type));
  const cost = existing === undefined || existing.length === 0 ? undefined : estimateResources(existing);
  return {
    target: 'aws',
    prefix,
    region: connection.region,
    account: account.accountId,
    state: stateOf(parts, jobs, problems, deployment !== undefined),
    brokers,
    cluster,
    host,
    services,
    jobs,
    problems,
    growing: growingTables(metadata, Date.now()),
    producers,
    expiresAt: deployment?.expiresAt,
    maintenance,
    guards: await examineGuards(lake, existing ?? [], new Date()),
    cost: cost === undefined ? undefined : { perHour: cost.perHour, unpriced: cost.unpriced },
  };
}

/** @param now milliseconds since the epoch */
function growingTables(
  metadata: readonly { table: string; text: string | undefined }[],
  now: number,
): AwsLakeStatus['growing'] {
  return metadata.flatMap(({ table: name, text }) => {
    const read = text === undefined ? undefined : parseTableMetadata(text);
    const growth = read === undefined ? undefined : growthOf(read, now);
    if (read === undefined || growth === undefined || growth.rowsPerSecond === 0) return [];
    return [{ name, bytes: totalsOf(read).bytes, growth, keptDays: keptDaysOf(read.properties) }];
  });
}

function stateOf(
  parts: boolean[],
  jobs: AwsJobStatus[],
  problems: Problem[],
  deployed: boolean,
): AwsLakeStatus['state'] {
  const work = jobs.every(({ state, stillSince }) => state === 'running' && stillSince === undefined);
  if (parts.every(Boolean) && work && problems.length === 0) return 'up';
  if (parts.some(Boolean)) return 'degraded';
  return deployed ? 'ended' : 'down';
}

/** How long a run of the layers may take there, in milliseconds: as long as data may be old before its alarm. */
const stillMs = 300_000;

/** The state of a job is that of its step; while the step runs, the job's own progress tells more. */
export function jobStatus(
  job: { id: string; title: string },
  step: Pick<EmrStep, 'id' | 'state' | 'created'> | undefined,
  progress: JobProgress | undefined,
  now = new Date(),
): AwsJobStatus {
  const figures = figuresOf(progress);
  // Progress from before the step was submitted belongs to an earlier step.
  const own = step?.created === undefined || (progress !== undefined && progress.at >= step.created.toISOString());
  const running = own && progress !== undefined ? progress.state : 'starting';
  return {
    ...job,
    state: step === undefined ? 'down' : step.state === 'PENDING' ? 'pending' : running,
    step: step?.id,
    at: progress?.at,
    ...figures,
    stillSince: step !== undefined && running === 'running' ? standsStillSince(figures, now, stillMs) : undefined,
  };
}

async function readServices({ connection, names, lake }: AwsLake): Promise<ServiceState[]> {
  const wanted = lake.producers.map(({ id }) => names.named(`producer-${id}`));
  return describeServices(connection, names.named('producers'), wanted);
}

/** Services that were stopped on purpose are as they should be; after the end of the time to live there are no brokers either. */
function runAsWanted(services: ServiceState[], hasBrokers: boolean): boolean {
  return hasBrokers && services.length > 0 && services.every(({ desired, running }) => running === desired);
}

async function readProducer(
  lake: AwsLake,
  id: string,
  inContainers: boolean,
): Promise<AwsLakeStatus['producers'][number]> {
  const { connection, names } = lake;
  const part = `producer-${id}`;
  const event = await (inContainers
    ? lastEventOfNewest(connection, names.producerLogs, `task/${part}/`)
    : lastEvent(connection, names.producerLogs, part));
  return { id, at: event === undefined ? undefined : new Date(event.at).toISOString(), line: event?.line };
}

/** The resources in Terraform's state of all stacks; undefined when there is no state. */
async function stateResources(lake: AwsLake): Promise<CostedResource[] | undefined> {
  const texts = await Promise.all(
    ['lake', 'search'].map(async (stack) => {
      const name = `${stack}.tfstate`;
      if (lake.settings.aws.state === 's3') return (await readObject(lake.connection, lake.bucket.name, name))?.text;
      const file = join(lake.layout.folder, name);
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    }),
  );
  const found = texts.filter((text) => text !== undefined);
  return found.length === 0 ? undefined : found.flatMap((text) => readResources(JSON.parse(text)));
}
