import { functionNames } from '../../src/lake/functions.ts';
import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import type { ResourceNames } from '../names.ts';
import type { Functions } from './functions.ts';

export interface AlarmsProps {
  names: ResourceNames;
  topicArn: string;
  brokers: number;
  clusterId: string;
  hostId: string;
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
    ...ofMaintenance(props),
  ];
}

function ofStream({ names, brokers }: AlarmsProps): AlarmPlan[] {
  const stream = { namespace: 'AWS/Kafka', dimensions: { 'Cluster Name': names.named('stream') } };
  return [
    ...Array.from({ length: brokers }, (_, at): AlarmPlan => {
      const broker = String(at + 1);
      return {
        ...{ id: `stream-disk-${broker}`, of: 'disk-filling', says: `Broker ${broker} has used most of its disk` },
        namespace: stream.namespace,
        dimensions: { ...stream.dimensions, 'Broker ID': broker },
        ...{ metric: 'KafkaDataLogsDiskUsed', statistic: 'Maximum' },
      };
    }),
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

function ofMachines({ clusterId, hostId, jobs }: AlarmsProps): AlarmPlan[] {
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
      ...{ id: 'producers-host', of: 'part-down', says: 'The producer host fails its status checks' },
      ...{ namespace: 'AWS/EC2', dimensions: { InstanceId: hostId } },
      ...{ metric: 'StatusCheckFailed', statistic: 'Maximum' },
    },
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
        ]),
  ];
}

function ofMaintenance({ names }: AlarmsProps): AlarmPlan[] {
  const own = { namespace: 'CryptoLake', dimensions: { Lake: names.prefix } };
  return [
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
