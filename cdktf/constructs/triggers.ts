import type { Deployment } from '../../src/aws/deployment/deployment.ts';
import { maintenanceMain } from '../../src/aws/maintenance/spark-job.ts';
import {
  CloudwatchEventRule,
  CloudwatchEventTarget,
  Construct,
  LambdaPermission,
  SchedulerSchedule,
  type LambdaFunction,
} from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { allow } from '../statement.ts';
import type { Functions } from './functions.ts';
import { Role } from './role.ts';

export interface TriggersProps {
  names: ResourceNames;
  functions: Functions['byName'];
  schedules: Deployment['schedules'];
  /** cluster of EMR */
  clusterId: string;
  /** what does the maintenance */
  engine: Deployment['aws']['upkeep'];
  /** UTC, such as `2026-11-22T22:00:00Z`; absent: the lake has no end */
  expiresAt?: string | undefined;
}

/** What starts the functions: schedules, and the end of a query or a step. */
export class Triggers extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { names, functions, schedules, clusterId, engine, expiresAt }: TriggersProps,
  ) {
    super(scope, id);
    const run = (
      name: string,
      { lambda }: { lambda: LambdaFunction },
      when: { every: string; input?: object } | { event: object },
    ) => {
      const scheduled = 'every' in when;
      const rule = new CloudwatchEventRule(this, name, {
        name: names.named(name),
        // Said, so that the next `up` enables what the end of the time to live has disabled.
        state: 'ENABLED',
        ...(scheduled ? { scheduleExpression: when.every } : { eventPattern: JSON.stringify(when.event) }),
      });
      new CloudwatchEventTarget(this, `${name}-target`, {
        rule: rule.name,
        targetId: 'function',
        arn: lambda.arn,
        ...(scheduled ? { input: JSON.stringify(when.input ?? {}) } : {}),
      });
      new LambdaPermission(this, `${name}-permission`, {
        statementId: names.named(name),
        action: 'lambda:InvokeFunction',
        functionName: lambda.functionName,
        principal: 'events.amazonaws.com',
        sourceArn: rule.arn,
      });
    };
    run('icons', functions['update-assets-icons'], { every: schedules.icons });
    // With Spark, too, the function starts it: it holds the lease, and tells how the run ended.
    run('optimize', functions['optimize-tables'], {
      every: schedules.optimize,
      ...(engine === 'athena' ? {} : { input: { via: 'spark' } }),
    });
    run('health', functions['report-health'], { every: 'rate(1 minute)' });
    // Source of all forms: "Events from AWS services" of EventBridge.
    run('query-ended', functions['optimize-tables'], {
      event: {
        source: ['aws.athena'],
        'detail-type': ['Athena Query State Change'],
        detail: { workgroupName: [names.workgroup], currentState: ['SUCCEEDED', 'FAILED', 'CANCELLED'] },
      },
    });
    if (engine === 'emr') {
      run('spark-ended', functions['optimize-tables'], {
        event: {
          source: ['aws.emr'],
          'detail-type': ['EMR Step Status Change'],
          detail: { clusterId: [clusterId], name: [maintenanceMain.id], state: ['COMPLETED', 'FAILED', 'CANCELLED'] },
        },
      });
    } else {
      run('spark-ended', functions['optimize-tables'], {
        event: {
          source: ['aws.glue'],
          'detail-type': ['Glue Job State Change'],
          detail: { jobName: [names.maintenanceJob], state: ['SUCCEEDED', 'FAILED', 'TIMEOUT', 'STOPPED'] },
        },
      });
    }
    run('step-failed', functions['resubmit-step'], {
      event: {
        source: ['aws.emr'],
        'detail-type': ['EMR Step Status Change'],
        detail: { clusterId: [clusterId], state: ['FAILED'] },
      },
    });
    if (expiresAt !== undefined) this.expire(names, functions['expire-lake'].lambda, expiresAt);
  }

  private expire(names: ResourceNames, { arn }: LambdaFunction, expiresAt: string): void {
    const role = new Role(this, 'expiry-role', {
      names,
      name: 'expiry',
      service: 'scheduler.amazonaws.com',
      onlyThisAccount: true,
      statements: [allow(['lambda:InvokeFunction'], [names.arn('lambda', `function:${names.named('expire-lake')}`)])],
    });
    new SchedulerSchedule(this, 'expiry', {
      name: names.named('expiry'),
      description: `End of the time to live of the lake ${names.prefix}`,
      // The first time is the start; what can't be ended then is tried again (decision 51).
      scheduleExpression: 'rate(15 minutes)',
      startDate: expiresAt,
      flexibleTimeWindow: { mode: 'OFF' },
      target: { arn, roleArn: role.arn, input: JSON.stringify({ expiresAt }) },
      dependsOn: role.rights,
    });
  }
}
