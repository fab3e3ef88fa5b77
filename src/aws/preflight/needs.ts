import { databaseOf, layers } from '../../lake/databases.ts';
import { functionNames } from '../../lake/functions.ts';
import { listProducerTasks, taskSize, unitsOfCpu } from '../containers/tasks.ts';
import type { AwsLake } from '../lake.ts';

/** What a plan takes from an account that another plan, or another lake, may have taken already. */
export interface Needs {
  /** instances that are started, less those that end, by type */
  instances: Map<string, number>;
  /** types that are new, and the zone in which they start; undefined where that is not known */
  types: { type: string; zone: string | undefined; setting: string }[];
  /** vCPUs of tasks of Fargate that may run at once */
  taskVcpus: number;
  addresses: number;
  networks: number;
  /** concurrent executions that functions reserve */
  executions: number;
  buckets: string[];
  databases: string[];
  /** release of a new cluster of EMR */
  release: string | undefined;
  /** version of Kafka of new brokers, or of those that get another one */
  kafka: { version: string; standing: string | undefined } | undefined;
  /** a new deployment in Elastic Cloud */
  search: { region: string; version: string } | undefined;
}

/** What a whole new lake needs. @param zone the first one of the region; undefined where that is not known */
export function needsOfNewLake(lake: AwsLake, zone: string | undefined): Needs {
  const { host, emr, brokers, producers } = lake.settings.aws;
  const instances = new Map<string, number>();
  const types: Needs['types'] = [];
  for (const [type, count, setting] of [
    [emr.primary, 1, 'aws.emr.primary'],
    [emr.core, emr.coreCount, 'aws.emr.core'],
    [host.type, producers === 'host' ? 1 : 0, 'aws.host.type'],
  ] as const) {
    if (count === 0) continue;
    instances.set(type, (instances.get(type) ?? 0) + count);
    types.push({ type, zone, setting });
  }
  // The task of the topics runs beside the producers when these get another spec.
  const tasks = producers === 'fargate' ? listProducerTasks().length + 1 : 0;
  return {
    taskVcpus: (tasks * Number(taskSize.cpu)) / unitsOfCpu,
    ...{ instances, types, addresses: 1, networks: 1, executions: functionNames.length },
    buckets: [...Object.values(lake.names.buckets), lake.names.stateBucket],
    databases: layers.map((layer) => databaseOf(layer, lake.settings.aws.databasePrefix)),
    release: emr.release,
    kafka: { version: brokers.version, standing: undefined },
    // Region and version are chosen when the lake is planned.
    search: undefined,
  };
}

type Values = Record<string, unknown>;

interface ResourceChange {
  address: string;
  type: string;
  mode: string;
  change: { actions: string[]; before: Values | null; after: Values | null };
}

/**
 * What changes of plans need beyond what exists: a lake that is up needs nothing, one whose brokers have ended needs brokers.
 * @param plans `terraform show -json` of each plan
 * @param jobsZone number of the private subnet of the cluster, from 0
 */
export function needsOf(plans: readonly unknown[], jobsZone = 0): Needs {
  const all = plans.flatMap((json) => (json as { resource_changes?: ResourceChange[] }).resource_changes ?? []);
  const managed = all.filter(({ mode }) => mode !== 'data');
  const changes = managed.map(({ type, change: { before, after } }) => ({ type, before, after }));
  const made = (type: string) =>
    changes.filter((one) => one.type === type && one.before === null && one.after !== null);
  const grown = (count: (values: Values) => number, type: string) =>
    changes
      .filter((one) => one.type === type)
      .reduce((sum, { before, after }) => sum + (after ? count(after) : 0) - (before ? count(before) : 0), 0);

  const instances = new Map<string, number>();
  for (const { type, before, after } of changes) {
    for (const [values, sign] of [
      [after, 1],
      [before, -1],
    ] as const) {
      if (values === null) continue;
      for (const { instance, count } of machinesOf(type, values)) {
        instances.set(instance, (instances.get(instance) ?? 0) + sign * count);
      }
    }
  }
  const zoneOf = (subnet: string) =>
    text(
      managed.find(({ type, change }) => type === 'aws_subnet' && nameOf(change.after)?.endsWith(subnet))?.change
        .after?.['availability_zone'],
    );
  const types = changes.flatMap(({ type, before, after }) => {
    const had = new Set(before === null ? [] : machinesOf(type, before).map(({ instance }) => instance));
    const zone = zoneOf(type === 'aws_instance' ? '-public' : `-private-${String(jobsZone + 1)}`);
    return (after === null ? [] : machinesOf(type, after))
      .filter(({ instance }) => instance !== '' && !had.has(instance))
      .map(({ instance, setting }) => ({ type: instance, zone, setting }));
  });
  const cluster = changes.find(({ type, after }) => type === 'aws_emr_cluster' && after !== null);
  const release = text(cluster?.after?.['release_label']);
  const brokers = changes.find(({ type, after }) => type === 'aws_msk_cluster' && after !== null);
  const version = text(brokers?.after?.['kafka_version']);
  const standing = text(brokers?.before?.['kafka_version']);
  return {
    instances,
    types,
    taskVcpus: grown((values) => Number(values['cpu'] ?? 0) / unitsOfCpu, 'aws_ecs_task_definition'),
    addresses: grown(() => 1, 'aws_eip'),
    networks: grown(() => 1, 'aws_vpc'),
    executions: grown((values) => Math.max(0, number(values['reserved_concurrent_executions'])), 'aws_lambda_function'),
    buckets: made('aws_s3_bucket').flatMap(({ after }) => text(after?.['bucket']) ?? []),
    databases: made('aws_glue_catalog_database').flatMap(({ after }) => text(after?.['name']) ?? []),
    release: release === text(cluster?.before?.['release_label']) ? undefined : release,
    kafka: version === undefined || version === standing ? undefined : { version, standing },
    search: made('ec_deployment').map(({ after }) => ({
      region: text(after?.['region']) ?? '',
      version: text(after?.['version']) ?? '',
    }))[0],
  };
}

function machinesOf(type: string, values: Values): { instance: string; count: number; setting: string }[] {
  if (type === 'aws_instance') {
    return [{ instance: text(values['instance_type']) ?? '', count: 1, setting: 'aws.host.type' }];
  }
  if (type !== 'aws_emr_cluster') return [];
  const group = (key: string, setting: string) => {
    const [first] = (values[key] ?? []) as Values[];
    return {
      instance: text(first?.['instance_type']) ?? '',
      count: Math.max(1, number(first?.['instance_count'])),
      setting,
    };
  };
  return [group('master_instance_group', 'aws.emr.primary'), group('core_instance_group', 'aws.emr.core')];
}

function nameOf(values: Values | null): string | undefined {
  return text((values?.['tags'] as Values | null | undefined)?.['Name']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
