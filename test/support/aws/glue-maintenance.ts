import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateLogGroupCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateJobCommand, GlueClient } from '@aws-sdk/client-glue';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { resourceOf, resourcesOf, rightsOf, type Attributes } from '../../synth/stack.ts';
import type { FunctionLake } from './function-lake.ts';
import { prepareJars } from './java.ts';

/** The pattern of the rule that tells the function of the end, as the stack writes it. */
export function endOfSparkPattern(lake: FunctionLake): object {
  return JSON.parse(
    String(
      Object.entries(resourcesOf(lake.stack(), 'aws_cloudwatch_event_rule')).find(([name]) =>
        name.includes('spark-ended'),
      )?.[1]?.['event_pattern'],
    ),
  ) as object;
}

/** The runner of Glue's jobs: Spark on this machine. */
export const glueRunner = [
  ...[process.execPath, '--import', import.meta.resolve('tsx')],
  join(import.meta.dirname, 'glue-job.ts'),
];

/** Makes the job of the maintenance as the stack of the lake has it: job, role, script, groups of its log, and with `jar` the jar. */
export async function createGlueMaintenance(lake: FunctionLake, { jar }: { jar: boolean }): Promise<void> {
  const stack = lake.stack();
  const job = resourceOf(stack, 'aws_glue_job');
  const argumentsOfJob = job['default_arguments'] as Record<string, string>;
  const [, , , ...key] = (argumentsOfJob['--extra-jars'] ?? '').split('/');
  const s3 = lake.s3();
  if (jar) {
    const Body = readFileSync((await prepareJars()).path('IcebergOptimize-1.0.jar'));
    await s3.send(new PutObjectCommand({ Bucket: lake.artifacts, Key: key.join('/'), Body }));
  }
  const script = resourceOf(stack, 'aws_s3_object', 'glue-maintenance_script_');
  await lake.put(String(script['key']), String(script['content']));
  const logs = new CloudWatchLogsClient(lake.config);
  for (const { name } of Object.values(resourcesOf(stack, 'aws_cloudwatch_log_group'))) {
    const logGroupName = String(name);
    if (logGroupName.includes('/optimize/')) await logs.send(new CreateLogGroupCommand({ logGroupName }));
  }
  const number = (name: string) => Number(job[name]);
  const { max_concurrent_runs: MaxConcurrentRuns } = job['execution_property'] as { max_concurrent_runs: number };
  await new GlueClient(lake.config).send(
    new CreateJobCommand({
      Name: String(job['name']),
      Role: await lake.createRole('optimize', rightsOf(stack, 'glue-maintenance_role_'), 'glue.amazonaws.com'),
      GlueVersion: String(job['glue_version']),
      WorkerType: 'G.1X',
      NumberOfWorkers: number('number_of_workers'),
      Timeout: number('timeout'),
      MaxRetries: number('max_retries'),
      ExecutionProperty: { MaxConcurrentRuns },
      Command: { Name: 'glueetl', ScriptLocation: `s3://${lake.artifacts}/${String(script['key'])}` },
      DefaultArguments: argumentsOfJob,
    }),
  );
}

/** The environment of `optimize-tables`, as the stack writes it. */
export function maintenanceEnvironment(lake: FunctionLake): Record<string, string> {
  const lambda = resourceOf(lake.stack(), 'aws_lambda_function', 'functions_optimize-tables_');
  const { variables } = lambda['environment'] as { variables: Attributes };
  const own = ['MAINTENANCE', 'MAINTENANCE_JOB', 'MAINTENANCE_JAR_SHA256', 'CLUSTER_NAME'];
  return Object.fromEntries(own.flatMap((name) => (name in variables ? [[name, String(variables[name])]] : [])));
}
