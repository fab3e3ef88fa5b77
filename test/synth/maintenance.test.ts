import assert from 'node:assert/strict';
import { maintenanceMain } from '../../src/aws/maintenance/spark-job.ts';
import { sampleDeployment } from '../support/deployment.ts';
import { allows, prefix, resourceOf, resourcesOf, rightsOf, synthesiseLake, type StackJson } from './stack.ts';

const stackOf = (engine: 'athena' | 'glue' | 'emr') => synthesiseLake({ aws: { upkeep: engine } });
const rule = (stack: StackJson, name: string) => resourceOf(stack, 'aws_cloudwatch_event_rule', `upkeep_${name}_`);
const target = (stack: StackJson, name: string) =>
  resourceOf(stack, 'aws_cloudwatch_event_target', `upkeep_${name}-target_`);
const environment = (stack: StackJson) =>
  (
    resourceOf(stack, 'aws_lambda_function', 'functions_optimize-tables_')['environment'] as {
      variables: Record<string, string>;
    }
  ).variables;
const jobArn = `arn:aws:glue:us-east-1:123456789012:job/${prefix}-optimize`;

describe('the maintenance', () => {
  for (const engine of ['athena', 'glue', 'emr'] as const) {
    it(`${engine}: each week the function starts it, and hears of its end`, () => {
      const stack = stackOf(engine);
      assert.equal(rule(stack, 'optimize')['schedule_expression'], 'cron(0 4 ? * SUN *)');
      assert.match(String(target(stack, 'optimize')['arn']), /functions_optimize-tables_/);
      assert.equal(target(stack, 'optimize')['input'], engine === 'athena' ? '{}' : '{"via":"spark"}');
      assert.match(String(target(stack, 'spark-ended')['arn']), /functions_optimize-tables_/);
      assert.equal(environment(stack)['MAINTENANCE'], engine);
    });
  }

  for (const engine of ['athena', 'glue'] as const) {
    it(`${engine}: Spark is a job of Glue, one run at a time, of the jar that EMR has`, () => {
      const stack = stackOf(engine);
      const job = resourceOf(stack, 'aws_glue_job');
      assert.equal(job['name'], `${prefix}-optimize`);
      assert.deepEqual(
        [job['glue_version'], job['worker_type'], job['number_of_workers'], job['execution_class'], job['max_retries']],
        ['5.1', 'G.1X', 2, 'STANDARD', 0],
      );
      assert.deepEqual(job['execution_property'], { max_concurrent_runs: 1 });
      const given = job['default_arguments'] as Record<string, string>;
      const { sha256 = '' } = sampleDeployment().jars[maintenanceMain.jar] ?? {};
      assert.equal(
        given['--extra-jars'],
        `s3://${prefix}-artifacts/jars/${sha256.slice(0, 16)}/${maintenanceMain.jar}`,
      );
      assert.equal(given['--datalake-formats'], 'iceberg');
      assert.equal(given['--class'], 'GlueOptimize');
      const script = String(resourceOf(stack, 'aws_s3_object', 'glue-maintenance_script_')['content']);
      assert.match(script, /^import io\.cryptodm\.optimize\.IcebergOptimize\n/);
      assert.match(String(rule(stack, 'spark-ended')['event_pattern']), /"aws\.glue".*"STOPPED"/);
      assert.equal(environment(stack)['MAINTENANCE_JOB'], `${prefix}-optimize`);
      const function_ = rightsOf(stack, 'functions_optimize-tables_');
      assert.ok(allows(function_, 'glue:StartJobRun', jobArn));
      assert.ok(!JSON.stringify(function_).includes('elasticmapreduce'));
    });
  }

  it('the job of Glue may read jar, script and spec, and write tables and its log: no topic, no secret, no new table', () => {
    const rights = rightsOf(stackOf('glue'), 'glue-maintenance_role_');
    const actions = new Set(rights.flatMap(({ Action }) => Action));
    for (const action of actions) assert.match(action, /^(s3|glue|logs):/);
    for (const action of ['glue:CreateTable', 'glue:DeleteTable', 'logs:CreateLogGroup'])
      assert.ok(!actions.has(action));
    const artifacts = rights
      .filter(({ Action }) => Action.includes('s3:PutObject'))
      .flatMap(({ Resource }) => Resource)
      .filter((arn) => arn.includes('-artifacts'));
    assert.deepEqual(artifacts, []);
  });

  it('emr: a step of the cluster, without anything of Glue', () => {
    const stack = stackOf('emr');
    assert.deepEqual(resourcesOf(stack, 'aws_glue_job'), {});
    const pattern = String(rule(stack, 'spark-ended')['event_pattern']);
    assert.match(pattern, /"aws\.emr".*"name":\["optimize"\],"state":\["COMPLETED","FAILED","CANCELLED"\]/);
    const { sha256 = '' } = sampleDeployment().jars[maintenanceMain.jar] ?? {};
    assert.equal(environment(stack)['MAINTENANCE_JAR_SHA256'], sha256);
    const rights = rightsOf(stack, 'functions_optimize-tables_');
    assert.ok(JSON.stringify(rights).includes('elasticmapreduce:AddJobFlowSteps'));
    assert.ok(!JSON.stringify(rights).includes('glue:StartJobRun'));
  });
});
