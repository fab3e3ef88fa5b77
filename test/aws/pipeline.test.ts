import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findMirror } from '../../src/aws/terraform/mirror.ts';
import { accountId } from '../support/aws/account.ts';
import { emulatorUnavailable } from '../support/aws/python.ts';
import { AwsTestLake, prefix, terraformUnavailable } from '../support/aws/test-lake.ts';
import { commentsOf, runJob, type Runner } from '../support/github-runner.ts';
import { skipWithout } from '../support/skipping.ts';
import { jobOf, readWorkflow } from '../support/workflows.ts';

/** What "init --ci github" writes, used as a user would: roles by Terraform, then the steps of the workflow, with those roles. */
describe('a pipeline at GitHub', function () {
  this.timeout(600_000);
  let lake: AwsTestLake | undefined;

  before(async function () {
    skipWithout(this, (await emulatorUnavailable()) ?? (await terraformUnavailable()));
    lake = await AwsTestLake.infrastructure();
    const written = ['--target', 'aws', '--prefix', prefix, '--ci', 'github', '--repository', 'acme/lake'];
    await lake.run('init', ...written, '--yes');
    const input = JSON.stringify({ username: 'ana', password: 'hidden-word' });
    const stored = await lake.try(['secrets', 'set', 'elasticsearch', '--stdin'], { input });
    assert.equal(stored.code, 0, stored.stderr);
  });

  after(async () => {
    await lake?.end();
  });

  const standing = (): AwsTestLake => {
    assert.ok(lake);
    return lake;
  };
  const workflow = () => readWorkflow(readFileSync(join(standing().folder, '.github/workflows/cryptodm.yml'), 'utf8'));
  const runnerOf = (subject: string): Runner => {
    const { folder, env, account } = standing();
    const scratch = join(folder, 'scratch');
    mkdirSync(scratch, { recursive: true });
    return {
      ...{ account, folder, scratch, subject },
      env: { ...env, GITHUB_REPOSITORY: 'acme/lake' },
      values: {
        'vars.AWS_ACCOUNT_ID': accountId,
        'github.token': 'token-of-the-run',
        'github.event.number': '5',
      },
    };
  };

  it('gets its roles from Terraform', async () => {
    const { folder, env } = standing();
    const role = join(folder, 'role');
    mkdirSync(role);
    copyFileSync(join(folder, '.github/cryptodm-role/main.tf'), join(role, 'main.tf'));
    writeFileSync(join(role, 'terraform.tfvars'), 'owner_id = 42\nrepository_id = 4711\n');
    const { env: changes, pluginDir } = findMirror(process.env);
    const terraform = (...args: string[]) =>
      execa('terraform', args, { cwd: role, env: { ...env, ...changes }, stdin: 'ignore' });
    await terraform('init', '-input=false', ...(pluginDir === undefined ? [] : [`-plugin-dir=${pluginDir}`]));
    await terraform('apply', '-input=false', '-auto-approve');
    assert.equal((await terraform('output', '-raw', 'account')).stdout, accountId);
    const { stdout } = await terraform('plan', '-input=false', '-detailed-exitcode');
    assert.match(stdout, /No changes/);
  });

  for (const [form, repository] of [
    ['its names', 'acme/lake'],
    ['its names and numbers', 'acme@42/lake@4711'],
  ] as const) {
    it(`plans with the identity of a pull request that has ${form}, and comments once`, async () => {
      const runner = runnerOf(`repo:${repository}:pull_request`);
      const before = (await runner.account.calls()).length;
      const ran = await runJob(jobOf(workflow(), 'plan'), runner);
      assert.deepEqual(
        ran.map(({ name, code }) => [name, code]),
        ['credentials', 'Install cryptodm', 'Plan', 'Comment on the pull request'].map((name) => [name, 0]),
        ran.map(({ output }) => output).join('\n'),
      );
      const comments = commentsOf(runner);
      assert.deepEqual(
        comments.map(({ id, path }) => [id, path]),
        [[7, 'repos/acme/lake/issues/5/comments']],
      );
      assert.match(
        comments[0]?.body ?? '',
        new RegExp(`Lake ${prefix} in account ${accountId}[^]*1\\d\\d to make[^]*dollars an hour`),
      );
      const calls = (await runner.account.calls()).slice(before).map(({ operation }) => operation);
      const changes = calls.filter((operation) => !/^(?:Get|List|Describe|Head|Assume|Simulate|Query)/.test(operation));
      assert.deepEqual(changes, [], 'the role of plans only reads');
      assert.ok(calls.includes('AssumeRoleWithWebIdentity'));
    });
  }

  it('is refused to other repositories, branches and environments', async () => {
    for (const [job, subject] of [
      ['plan', 'repo:acme/other:pull_request'],
      ['plan', 'repo:acme@43/lake@4711:pull_request'],
      ['up', 'repo:acme/lake:pull_request'],
      ['up', 'repo:acme/lake:ref:refs/heads/main'],
      ['up', 'repo:acme/lake:environment:other'],
    ] as const) {
      await assert.rejects(runJob(jobOf(workflow(), job), runnerOf(subject)), /does not trust repo:/, subject);
    }
  });

  it('shows in its comment why a plan fails', async () => {
    const runner = runnerOf('repo:acme/lake:pull_request');
    await runner.account.change({ quotas: { 'ec2/L-1216C47A': 5 } });
    const ran = await runJob(jobOf(workflow(), 'plan'), runner);
    assert.deepEqual(
      ran.map(({ code }) => code === 0),
      [true, true, false, true],
    );
    assert.match(commentsOf(runner)[0]?.body ?? '', /L-1216C47A/);
    await runner.account.change({ quotas: { 'ec2/L-1216C47A': 64 } });
  });

  it('starts the lake behind its environment, up to the steps that need a host', async () => {
    const ran = await runJob(jobOf(workflow(), 'up'), runnerOf(`repo:acme/lake:environment:${prefix}`));
    const up = ran.at(-1);
    assert.deepEqual([up?.name, up?.code], ['Up', 5], up?.output);
    assert.match(up?.output ?? '', /Elasticsearch at .* ECONNREFUSED/);
  });
});
