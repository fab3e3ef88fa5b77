import { functionNames } from '../../src/targets/aws-names.ts';
import type { Deployment } from '../../src/targets/deployment.ts';
import { CloudwatchMetricAlarm, Construct, type CloudwatchMetricAlarmConfig } from '../imports.ts';
import type { Place } from '../place.ts';
import type { Functions } from './functions.ts';

export interface AlarmsProps {
  place: Place;
  topicArn: string;
  brokers: number;
  clusterId: string;
  hostId: string;
  jobs: Deployment['jobs'];
  functions: Functions['byName'];
}

/** A metric and the limit from which on it is worth a message. */
interface AlarmPlan {
  id: string;
  says: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  statistic: 'Maximum' | 'Minimum' | 'Sum';
  above?: number;
  below?: number;
  /** minutes for which it must last */
  minutes: number;
  /** seconds between two values of the metric; 60 unless given */
  period?: number;
  /** the metric counts for ever: what it grew by is what counts */
  counts?: boolean;
}

function planOf({ place, brokers, clusterId, hostId, jobs, functions }: AlarmsProps): AlarmPlan[] {
  const stream = { namespace: 'AWS/Kafka', dimensions: { 'Cluster Name': place.named('stream') } };
  const compute = { namespace: 'AWS/ElasticMapReduce', dimensions: { JobFlowId: clusterId }, period: 300 };
  return [
    ...Array.from({ length: brokers }, (_, at): AlarmPlan => {
      const broker = String(at + 1);
      return {
        id: `stream-disk-${broker}`,
        says: `Broker ${broker} has used 85 % of its disk`,
        namespace: stream.namespace,
        dimensions: { ...stream.dimensions, 'Broker ID': broker },
        metric: 'KafkaDataLogsDiskUsed',
        statistic: 'Maximum',
        above: 85,
        minutes: 5,
      };
    }),
    {
      id: 'stream-offline-partitions',
      says: 'Partitions have no leader',
      ...stream,
      metric: 'OfflinePartitionsCount',
      statistic: 'Maximum',
      above: 0,
      minutes: 5,
    },
    {
      id: 'stream-controller',
      says: 'The brokers have no controller',
      ...stream,
      metric: 'ActiveControllerCount',
      statistic: 'Maximum',
      below: 1,
      minutes: 5,
    },
    {
      id: 'jobs-unhealthy',
      says: 'Nodes of the EMR cluster are unhealthy',
      ...compute,
      metric: 'MRUnhealthyNodes',
      statistic: 'Maximum',
      above: 0,
      minutes: 15,
    },
    {
      id: 'jobs-running',
      says: `Fewer than ${String(jobs.length)} stream jobs run`,
      ...compute,
      metric: 'AppsRunning',
      statistic: 'Maximum',
      below: jobs.length,
      minutes: 30,
    },
    {
      id: 'producers-host',
      says: 'The producer host fails its status checks',
      namespace: 'AWS/EC2',
      dimensions: { InstanceId: hostId },
      metric: 'StatusCheckFailed',
      statistic: 'Maximum',
      above: 0,
      minutes: 5,
    },
    ...functionNames.flatMap((name): AlarmPlan[] => [
      {
        id: `${name}-errors`,
        says: `The function ${name} fails`,
        namespace: 'AWS/Lambda',
        dimensions: { FunctionName: place.named(name) },
        metric: 'Errors',
        statistic: 'Sum',
        above: 0,
        minutes: 5,
        period: 300,
      },
      {
        id: `${name}-dead-letters`,
        says: `The function ${name} gave up on an event`,
        namespace: 'AWS/SQS',
        dimensions: { QueueName: functions[name].deadLetters.name },
        metric: 'ApproximateNumberOfMessagesVisible',
        statistic: 'Maximum',
        above: 0,
        minutes: 5,
        period: 300,
      },
    ]),
    ...jobs.flatMap(({ id, topic }): AlarmPlan[] => {
      const own = { namespace: 'CryptoLake', dimensions: { Lake: place.prefix, Job: id } };
      return [
        {
          id: `${id}-freshness`,
          says: `The newest record of ${id} is older than 5 minutes`,
          ...own,
          metric: 'Freshness',
          statistic: 'Minimum',
          above: 300,
          minutes: 10,
        },
        {
          id: `${id}-lag`,
          // A job that reads tables counts their commits.
          says: topic === undefined ? `${id} is 1,000 commits behind` : `${id} is 100,000 records behind`,
          ...own,
          metric: 'Lag',
          statistic: 'Minimum',
          above: topic === undefined ? 1000 : 100_000,
          minutes: 10,
        },
        ...(topic === undefined
          ? []
          : [
              {
                id: `${id}-bad-records`,
                says: `${id} meets records that it can’t read`,
                ...own,
                metric: 'BadRecords',
                statistic: 'Maximum' as const,
                above: 0,
                minutes: 5,
                counts: true,
              },
            ]),
      ];
    }),
  ];
}

/** One alarm a line of the plan. Silence is no alarm: what costs by the hour may have been ended on purpose. */
export class Alarms extends Construct {
  readonly arns: string[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { place, topicArn } = props;
    this.arns = planOf(props).map(
      ({ id: alarm, says, minutes, period = 60, above, below, ...plan }) =>
        new CloudwatchMetricAlarm(this, alarm, {
          alarmName: place.named(alarm),
          alarmDescription: says,
          ...sourceOf({ ...plan, period }),
          evaluationPeriods: (minutes * 60) / period,
          comparisonOperator: above === undefined ? 'LessThanThreshold' : 'GreaterThanThreshold',
          threshold: above ?? below ?? 0,
          treatMissingData: 'notBreaching',
          alarmActions: [topicArn],
          okActions: [topicArn],
        }).arn,
    );
  }
}

type Measured = Pick<AlarmPlan, 'namespace' | 'metric' | 'dimensions' | 'statistic' | 'counts'> & { period: number };

/** The metric itself, or by how much it grew from one period to the next. */
function sourceOf({ metric, statistic, counts = false, ...rest }: Measured): Partial<CloudwatchMetricAlarmConfig> {
  if (!counts) return { ...rest, metricName: metric, statistic };
  return {
    // Growth in one period is enough; the others are there to compare with.
    datapointsToAlarm: 1,
    metricQuery: [
      { id: 'total', metric: { ...rest, metricName: metric, stat: statistic } },
      { id: 'growth', expression: 'DIFF(total)', label: metric, returnData: true },
    ],
  };
}
