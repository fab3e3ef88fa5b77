import { listProducerTasks } from '../../src/aws/containers/tasks.ts';
import { functionNames } from '../../src/lake/functions.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import type { ResourceNames } from '../names.ts';
import type { Functions } from './functions.ts';

export interface AlarmsProps {
  names: ResourceNames;
  topicArn: string;
  brokers: { count: number; type: string };
  clusterId: string;
  /** of the producers; absent: they run in containers */
  host: { id: string; type: string } | undefined;
  /** the index is in Elastic Cloud, where a function asks it each minute */
  hasCloudSearch: boolean;
  jobs: Deployment['jobs'];
  functions: Functions['byName'];
  /** from the lake's declaration */
  alarms: Deployment['alarms'];
}

export type AlarmId = Deployment['alarms'][number]['id'];

/** A metric and the limit above which it raises an alarm. */
export interface AlarmPlan {
  id: string;
  /** the alarm of the lake that this metric raises */
  of: AlarmId;
  says: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  statistic: 'Maximum' | 'Minimum' | 'Sum';
  /** absent, and without `below`: the threshold of the lake's alarm */
  above?: number;
  below?: number;
  /** minutes that it must last; absent: as the lake's alarm says */
  minutes?: number;
  /** how many values within these minutes are enough; absent: all */
  values?: number;
  /** seconds between two values of the metric; 60 when absent */
  period?: number;
  /** the metric is a running total: its growth is compared */
  counts?: boolean;
}

/** The metrics that raise each alarm of the lake in an account. */
export function planAlarms(props: AlarmsProps): AlarmPlan[] {
  return [
    ...ofStream(props),
    ...ofMachines(props),
    ...functionNames.flatMap((name) => ofFunction(props, name)),
    ...props.jobs.flatMap((job) => ofJob(props, job)),
    ...ofLake(props),
  ];
}

/** Types that may use a whole processor only as long as they have credits. They begin with none, and get some each minute. */
function hasCredits(type: string): boolean {
  return /(^|\.)t\d/.test(type);
}

/** A machine that has had less for an hour uses more than it gets. */
const fewCredits = { metric: 'CPUCreditBalance', statistic: 'Maximum', below: 5, minutes: 60, period: 300 } as const;

function ofStream({ names, brokers }: AlarmsProps): AlarmPlan[] {
  const stream = { namespace: 'AWS/Kafka', dimensions: { 'Cluster Name': names.named('stream') } };
  return [
    ...Array.from({ length: brokers.count }, (_, at) => ofBroker(stream, String(at + 1), brokers.type)).flat(),
    {
      ...{ id: 'stream-offline-partitions', of: 'part-down', says: 'Partitions have no leader' },
      ...{ ...stream, metric: 'OfflinePartitionsCount', statistic: 'Maximum' },
    },
    {
      ...{ id: 'stream-controller', of: 'part-down', says: 'The brokers have no controller' },
      // With ZooKeeper each broker reports 1 or 0, with KRaft only the controllers do: the maximum alone says the same of both.
      ...{ ...stream, metric: 'ActiveControllerCount', statistic: 'Maximum', below: 1 },
    },
  ];
}

function ofBroker(
  stream: { namespace: string; dimensions: Record<string, string> },
  broker: string,
  type: string,
): AlarmPlan[] {
  const own = { namespace: stream.namespace, dimensions: { ...stream.dimensions, 'Broker ID': broker } };
  return [
    {
      ...{ id: `stream-disk-${broker}`, of: 'disk-filling', says: `Broker ${broker} has used most of its disk` },
      ...{ ...own, metric: 'KafkaDataLogsDiskUsed', statistic: 'Maximum' },
    },
    {
      ...{ id: `stream-replicas-${broker}`, of: 'part-down' },
      says: `Partitions of broker ${broker} have too few replicas to take records`,
      ...{ ...own, metric: 'UnderMinIsrPartitionCount', statistic: 'Maximum' },
    },
    {
      ...{ id: `stream-heap-${broker}`, of: 'part-down', says: `Broker ${broker} has little memory left` },
      ...{ ...own, metric: 'HeapMemoryAfterGC', statistic: 'Maximum', above: 80, minutes: 15 },
    },
    ...(hasCredits(type)
      ? [
          {
            ...{ id: `stream-credits-${broker}`, of: 'lag-growing' as const },
            says: `Broker ${broker} has no processor credits left`,
            ...{ ...own, ...fewCredits },
          },
        ]
      : []),
  ];
}

function ofMachines(props: AlarmsProps): AlarmPlan[] {
  const { clusterId, jobs } = props;
  const compute = { namespace: 'AWS/ElasticMapReduce', dimensions: { JobFlowId: clusterId }, period: 300 };
  return [
    {
      ...{ id: 'jobs-unhealthy', of: 'part-down', says: 'Nodes of the EMR cluster are unhealthy' },
      ...{ ...compute, metric: 'MRUnhealthyNodes', statistic: 'Maximum', minutes: 15 },
    },
    {
      ...{ id: 'jobs-running', of: 'part-down', says: `Fewer than ${String(jobs.length)} stream jobs run` },
      ...{ ...compute, metric: 'AppsRunning', statistic: 'Maximum', below: jobs.length, minutes: 30 },
    },
    {
      ...{ id: 'jobs-disk', of: 'disk-filling', says: 'The disks of the EMR cluster are nearly full' },
      ...{ ...compute, metric: 'HDFSUtilization', statistic: 'Maximum' },
    },
    {
      ...{ id: 'jobs-waiting', of: 'part-down', says: 'A job waits for memory of the EMR cluster' },
      ...{ ...compute, metric: 'ContainerPending', statistic: 'Minimum', above: 0, minutes: 15 },
    },
    ...(props.host === undefined ? ofContainers(props) : ofHost(props.names, props.host)),
  ];
}

function ofContainers({ names }: AlarmsProps): AlarmPlan[] {
  return listProducerTasks().flatMap(({ name }) => [
    absentProducer(names, name, 'RunningTasks'),
    {
      ...{ id: `${name}-memory`, of: 'part-down', says: `The task of ${name} has little memory left` },
      ...{ namespace: 'AWS/ECS', metric: 'MemoryUtilization', statistic: 'Maximum', above: 90, minutes: 15 },
      dimensions: { ClusterName: names.named('producers'), ServiceName: names.named(name) },
    },
  ]);
}

/** One that does not start, and one that ends again and again: between two attempts there is none. A change of its spec takes less than these minutes. */
function absentProducer(names: ResourceNames, name: string, metric: string): AlarmPlan {
  return {
    ...{ id: `${name}-absent`, of: 'part-down', says: `${name} does not start, or does not stay up` },
    ...{ namespace: 'CryptoLake', dimensions: { Lake: names.prefix, Producer: name } },
    ...{ metric, statistic: 'Minimum', below: 1, minutes: 15, values: 5 },
  };
}

function ofHost(names: ResourceNames, { id, type }: { id: string; type: string }): AlarmPlan[] {
  const host = { namespace: 'AWS/EC2', dimensions: { InstanceId: id } };
  const agent = { namespace: 'CryptoLake', dimensions: { Lake: names.prefix }, statistic: 'Maximum' as const };
  return [
    {
      ...{ id: 'producers-host', of: 'part-down', says: 'The producer host fails its status checks' },
      ...{ ...host, metric: 'StatusCheckFailed', statistic: 'Maximum' },
    },
    ...(hasCredits(type)
      ? [
          {
            ...{ id: 'producers-credits', of: 'lag-growing' as const },
            says: 'The producer host has no processor credits left',
            ...{ ...host, ...fewCredits },
          },
        ]
      : []),
    {
      ...{ id: 'producers-memory', of: 'part-down', says: 'The producer host has little memory left' },
      ...{ ...agent, metric: 'mem_used_percent', above: 90, minutes: 15 },
    },
    {
      ...{ id: 'producers-disk', of: 'disk-filling', says: 'The disk of the producer host is nearly full' },
      ...{ ...agent, metric: 'disk_used_percent' },
    },
    ...listProducerTasks().map(({ name }) => absentProducer(names, name, 'procstat_lookup_pid_count')),
  ];
}

/** The alarm that a failing function raises. */
const failing: Record<(typeof functionNames)[number], AlarmId> = {
  'create-tables': 'part-down',
  'update-assets-icons': 'icons-overdue',
  'optimize-tables': 'optimize-overdue',
  'resubmit-step': 'part-down',
  // When it fails, what costs by the hour stays.
  'expire-lake': 'cost-guard',
  'report-health': 'part-down',
};

function ofFunction({ names, functions }: AlarmsProps, name: (typeof functionNames)[number]): AlarmPlan[] {
  const lambda = { namespace: 'AWS/Lambda', dimensions: { FunctionName: names.named(name) } };
  const often = { minutes: 5, period: 300, above: 0 };
  return [
    {
      ...{ id: `${name}-errors`, of: failing[name], says: `The function ${name} fails` },
      ...{ ...lambda, metric: 'Errors', statistic: 'Sum', ...often },
    },
    {
      ...{ id: `${name}-dead-letters`, of: failing[name], says: `The function ${name} gave up on an event` },
      ...{ namespace: 'AWS/SQS', dimensions: { QueueName: functions[name].deadLetters.name } },
      ...{ metric: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum', ...often },
    },
    {
      ...{ id: `${name}-throttles`, of: failing[name], says: `The function ${name} is called more than it can run` },
      // Two events at once are usual: the second one waits some minutes.
      ...{ ...lambda, metric: 'Throttles', statistic: 'Sum', above: 20, minutes: 15, period: 300 },
    },
    // It is called only when a step has failed.
    ...(name === 'resubmit-step'
      ? [
          {
            ...{
              id: 'jobs-restarting',
              of: 'part-restarting' as const,
              says: 'A stream job failed and is submitted again',
            },
            ...{ ...lambda, metric: 'Invocations', statistic: 'Sum' as const, ...often },
          },
        ]
      : []),
  ];
}

function ofJob({ names }: AlarmsProps, { id, topic }: Deployment['jobs'][number]): AlarmPlan[] {
  const own = { namespace: 'CryptoLake', dimensions: { Lake: names.prefix, Job: id } };
  return [
    {
      ...{ id: `${id}-freshness`, of: 'data-stale', says: `The newest record of ${id} is old` },
      ...{ ...own, metric: 'Freshness', statistic: 'Minimum' },
    },
    {
      ...{ id: `${id}-lag`, of: 'lag-growing', says: `${id} is far behind` },
      ...{ ...own, metric: 'Lag', statistic: 'Minimum' },
      // The lag of a job that reads tables is in commits.
      ...(topic === undefined ? { above: 1000 } : {}),
    },
    ...(topic === undefined
      ? []
      : [
          {
            ...{ id: `${id}-bad-records`, of: 'bad-records' as const, says: `${id} meets records that it can’t read` },
            ...{ ...own, metric: 'BadRecords', statistic: 'Maximum' as const, counts: true },
          },
          {
            ...{ id: `${id}-lost-records`, of: 'bad-records' as const },
            says: `Records were removed from their topic before ${id} read them`,
            ...{ ...own, metric: 'LostRecords', statistic: 'Maximum' as const, counts: true },
          },
        ]),
  ];
}

/** What a function says about the lake as a whole. */
function ofLake({ names, hasCloudSearch }: AlarmsProps): AlarmPlan[] {
  const own = { namespace: 'CryptoLake', dimensions: { Lake: names.prefix } };
  return [
    {
      ...{ id: 'jobs-cluster', of: 'part-down', says: 'No EMR cluster runs the jobs, and nobody has ended it' },
      ...{ ...own, metric: 'Clusters', statistic: 'Maximum', below: 1 },
    },
    ...(hasCloudSearch
      ? [
          {
            ...{ id: 'search-failures', of: 'part-down' as const, says: 'The index does not answer' },
            ...{ ...own, metric: 'SearchFailures', statistic: 'Minimum' as const, above: 0 },
          },
        ]
      : []),
    {
      ...{ id: 'upkeep-age', of: 'optimize-overdue', says: 'The last maintenance of all tables is long ago' },
      ...{ ...own, metric: 'UpkeepAge', statistic: 'Minimum' },
    },
    {
      ...{ id: 'upkeep-failures', of: 'optimize-overdue', says: 'The last maintenance failed for some tables' },
      ...{ ...own, metric: 'UpkeepFailures', statistic: 'Minimum', above: 0 },
    },
    {
      ...{ id: 'icons-age', of: 'icons-overdue', says: 'The last load of the icons is long ago' },
      ...{ ...own, metric: 'IconsAge', statistic: 'Minimum' },
    },
  ];
}
