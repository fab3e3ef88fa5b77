import { CloudwatchMetricAlarm, Construct, type CloudwatchMetricAlarmConfig } from '../imports.ts';
import { planAlarms, type AlarmPlan, type AlarmsProps } from './alarm-plan.ts';

/** One alarm for each entry of the plan. Missing data is no alarm: what costs by the hour may have been ended on purpose. */
export class Alarms extends Construct {
  readonly arns: string[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { names, topicArn, alarms } = props;
    this.arns = planAlarms(props).flatMap(
      ({ id: alarm, of, says, period = 60, minutes, values, above, below, ...plan }) => {
        const declared = alarms.find((one) => one.id === of);
        if (declared === undefined) return [];
        return new CloudwatchMetricAlarm(this, alarm, {
          alarmName: names.named(alarm),
          // The first line of the message.
          alarmDescription: `${declared.severity}, ${of} (${declared.title}): ${says}`,
          ...sourceOf({ ...plan, period }),
          evaluationPeriods: ((minutes ?? declared.holdSeconds / 60) * 60) / period,
          ...(values === undefined ? {} : { datapointsToAlarm: values }),
          comparisonOperator: below === undefined ? 'GreaterThanThreshold' : 'LessThanThreshold',
          threshold: below ?? above ?? declared.threshold,
          treatMissingData: 'notBreaching',
          alarmActions: [topicArn],
          okActions: [topicArn],
        }).arn;
      },
    );
  }
}

type Measured = Pick<AlarmPlan, 'namespace' | 'metric' | 'dimensions' | 'statistic' | 'counts'> & { period: number };

/** The metric itself, or its growth from one period to the next. */
function sourceOf({ metric, statistic, counts = false, ...rest }: Measured): Partial<CloudwatchMetricAlarmConfig> {
  if (!counts) return { ...rest, metricName: metric, statistic };
  return {
    // Growth in one period is enough; the other periods are there to compare with.
    datapointsToAlarm: 1,
    metricQuery: [
      { id: 'total', metric: { ...rest, metricName: metric, stat: statistic } },
      { id: 'growth', expression: 'DIFF(total)', label: metric, returnData: true },
    ],
  };
}
