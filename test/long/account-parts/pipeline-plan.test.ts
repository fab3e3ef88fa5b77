import assert from 'node:assert/strict';
import { accountId } from '../../support/aws/account.ts';
import { TestPipeline } from '../../support/aws/pipeline.ts';
import { emulatorUnavailable } from '../../support/aws/python.ts';
import { prefix, terraformUnavailable } from '../../support/aws/test-lake.ts';
import { commentsOf, runJob } from '../../support/github-runner.ts';
import { skipWithout } from '../../support/skipping.ts';

/** Roles by Terraform, then the steps of the workflow with them. What changes the account is in pipeline.test.ts. */
describe('a pipeline at GitHub', function () {
  this.timeout(600_000);
  let pipeline: TestPipeline | undefined;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    pipeline = await TestPipeline.write();
  });

  after(async () => {
    await pipeline?.end();
  });

  const written = (): TestPipeline => {
    assert.ok(pipeline);
    return pipeline;
  };

  it('gets its roles from Terraform', async () => {
    assert.match(await written().applyRoles(), /No changes/);
  });

  it('plans with the identity of a pull request, reads only, and keeps one comment up to date', async () => {
    // The first identity has the names only, the second one also the numbers.
    const runner = written().runner('pull_request');
    const again = { ...runner, subject: 'repo:acme@42/lake@4711:pull_request' };
    const before = (await runner.account.calls()).length;
    const ran = await runJob(written().job('plan'), runner);
    assert.deepEqual(
      ran.map(({ name, code }) => [name, code]),
      ['credentials', 'Install cryptodm', 'Plan', 'Comment on the pull request'].map((name) => [name, 0]),
      ran.map(({ output }) => output).join('\n'),
    );
    const calls = (await runner.account.calls()).slice(before).map(({ operation }) => operation);
    assert.ok(calls.includes('AssumeRoleWithWebIdentity'));
    assert.deepEqual(
      calls.filter((operation) => !/^(?:Get|List|Describe|Head|Assume|Simulate)/.test(operation)),
      [],
    );
    const [comment] = commentsOf(runner);
    assert.equal(comment?.path, 'repos/acme/lake/issues/5/comments');
    assert.match(
      comment.body,
      new RegExp(`Lake ${prefix} in account ${accountId}[^]* 2\\d\\d to make[^]*dollars an hour`),
    );

    await runner.account.change({ quotas: { 'ec2/L-1216C47A': 5 } });
    const refused = await runJob(written().job('plan'), again);
    assert.deepEqual(
      refused.map(({ code }) => code === 0),
      [true, true, false, true],
    );
    const comments = commentsOf(again);
    assert.equal(comments.length, 1);
    assert.match(comments[0]?.body ?? '', /L-1216C47A/);
    assert.doesNotMatch(comments[0]?.body ?? '', /to make/);
  });

  it('is refused to other repositories, branches and environments', async () => {
    for (const [job, subject, repository] of [
      ['plan', 'pull_request', 'acme/other'],
      ['plan', 'pull_request', 'acme@43/lake@4711'],
      ['plan', `environment:${prefix}`, 'acme/lake'],
      ['up', 'pull_request', 'acme/lake'],
      ['up', 'ref:refs/heads/main', 'acme/lake'],
      ['up', 'environment:other', 'acme/lake'],
    ] as const) {
      const runner = written().runner(subject, { repository });
      await assert.rejects(runJob(written().job(job), runner), /does not trust repo:/, runner.subject);
    }
  });
});
