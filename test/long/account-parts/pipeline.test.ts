import assert from 'node:assert/strict';
import { planPolicy } from '../../../src/aws/pipeline/policies.ts';
import { accountId } from '../../support/aws/account.ts';
import { TestPipeline } from '../../support/aws/pipeline.ts';
import { prefix } from '../../support/aws/test-lake.ts';
import { runJob } from '../../support/github-runner.ts';
import { allows, rightOf } from '../../support/iam.ts';

/** The jobs that change the account, each on a machine of its own. The plan is in pipeline-plan.test.ts. */
describe('a pipeline at GitHub that changes the account', function () {
  this.timeout(900_000);
  let pipeline: TestPipeline;

  before(async () => {
    pipeline = await TestPipeline.write();
    await pipeline.applyRoles();
  });

  after(async () => {
    await pipeline.end();
  });

  it('starts the lake behind its environment, up to the steps that need a host', async () => {
    const ran = await runJob(pipeline.job('up'), pipeline.runner(`environment:${prefix}`));
    const up = ran.at(-1);
    assert.deepEqual([up?.name, up?.code], ['Up', 5], up?.output);
    assert.match(up?.output ?? '', /Elasticsearch at .* ECONNREFUSED/);
  });

  it('plans for the lake that is there with no call beyond the rights of its role', async () => {
    const runner = pipeline.runner('pull_request');
    const before = (await runner.account.calls()).length;
    const ran = await runJob(pipeline.job('plan'), runner);
    assert.ok(
      ran.every(({ code }) => code === 0),
      ran.map(({ output }) => output).join('\n'),
    );
    const policy = planPolicy({ prefix, region: runner.account.region, accountId });
    const rights = new Set((await runner.account.calls()).slice(before).map(rightOf));
    // That of the runner, which has no rights before; it is not signed, so the emulator can't tell its service.
    const signIn = [...rights].filter((right) => right.endsWith(':AssumeRoleWithWebIdentity'));
    assert.equal(signIn.length, 1);
    for (const right of signIn) rights.delete(right);
    assert.ok(rights.size > 40, [...rights].join(', '));
    // Without an answer to these the plan says what is not known.
    const unanswered = ['iam:SimulatePrincipalPolicy'];
    assert.deepEqual(
      [...rights].filter((right) => !allows(policy, right) && !unanswered.includes(right)),
      [],
    );
  });

  it('takes it down by the clock, on another machine, and keeps the data', async () => {
    const ran = await runJob(pipeline.job('down'), pipeline.runner(`environment:${prefix}-down`));
    assert.deepEqual(
      ran.map(({ name, code }) => [name, code]),
      ['credentials', 'Install cryptodm', 'Down, and keep the data'].map((name) => [name, 0]),
      ran.at(-1)?.output,
    );
    const { changes } = await pipeline.lake.json<{ changes: { address: string; action: string }[] }>('plan');
    const made = (type: string) =>
      changes.some(({ address, action }) => address.startsWith(type) && action === 'create');
    assert.deepEqual([made('aws_msk_cluster.'), made('aws_s3_bucket.')], [true, false]);
  });

  it('takes it down with its data by hand', async () => {
    const runner = pipeline.runner(`environment:${prefix}`, { action: 'down' });
    const ran = await runJob(pipeline.job('down'), runner);
    assert.deepEqual(
      ran.map(({ name, code }) => [name, code]),
      ['credentials', 'Install cryptodm', 'Down, with the data'].map((name) => [name, 0]),
      ran.at(-1)?.output,
    );
  });
});
