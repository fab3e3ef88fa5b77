import { EMRClient, RunJobFlowCommand } from '@aws-sdk/client-emr';
import type { EmulatedAccount } from './account.ts';

export interface EmrClusterOptions {
  tags?: Record<string, string>;
  /** bucket for the logs of steps */
  logs?: string;
  /** limit of concurrent steps; default 5 */
  concurrency?: number;
}

/** Starts a cluster that waits for steps. @returns its id */
export async function startEmrCluster(
  account: EmulatedAccount,
  name: string,
  { tags = {}, logs, concurrency = 5 }: EmrClusterOptions = {},
): Promise<string> {
  const emr = new EMRClient(account.clientConfig);
  try {
    const { JobFlowId } = await emr.send(
      new RunJobFlowCommand({
        Name: name,
        ReleaseLabel: 'emr-7.12.0',
        ...(logs === undefined ? {} : { LogUri: `s3://${logs}/emr/` }),
        ServiceRole: 'any',
        JobFlowRole: 'any',
        StepConcurrencyLevel: concurrency,
        Configurations: [
          {
            Classification: 'capacity-scheduler',
            Properties: { 'yarn.scheduler.capacity.maximum-am-resource-percent': '0.8' },
          },
        ],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        Instances: {
          KeepJobFlowAliveWhenNoSteps: true,
          InstanceGroups: [{ InstanceRole: 'MASTER', InstanceType: 'm6g.xlarge', InstanceCount: 1 }],
        },
      }),
    );
    if (JobFlowId === undefined) throw new Error('the account names no cluster');
    return JobFlowId;
  } finally {
    emr.destroy();
  }
}
