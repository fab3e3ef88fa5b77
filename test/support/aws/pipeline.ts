import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findMirror } from '../../../src/aws/terraform/mirror.ts';
import type { Runner } from '../github-runner.ts';
import { jobOf, readWorkflow, type WorkflowJob } from '../workflows.ts';
import { accountId } from './account.ts';
import { AwsTestLake, prefix } from './test-lake.ts';

/** What "init --ci github" writes for a lake in an emulated account, used as a user would. */
export class TestPipeline {
  private constructor(readonly lake: AwsTestLake) {}

  /** Writes the pipeline of the repository acme/lake and keeps the key of its search. */
  static async write(): Promise<TestPipeline> {
    const lake = await AwsTestLake.infrastructure();
    await lake.run(
      ...['init', '--target', 'aws', '--prefix', prefix, '--yes'],
      ...['--ci', 'github', '--repository', 'acme/lake', '--down-at', '0 20 * * *'],
    );
    await lake.storeSearchUser();
    return new TestPipeline(lake);
  }

  /** Makes the roles by Terraform. @returns what a second plan says */
  async applyRoles(): Promise<string> {
    const { folder, env } = this.lake;
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
    return (await terraform('plan', '-input=false')).stdout;
  }

  job(name: 'plan' | 'up' | 'down'): WorkflowJob {
    return jobOf(readWorkflow(readFileSync(join(this.lake.folder, '.github/workflows/cryptodm.yml'), 'utf8')), name);
  }

  /**
   * A new machine for a job.
   * @param subject of its identity, after the repository: `pull_request`, `environment:NAME`
   * @param action of "Run workflow"
   */
  runner(subject: string, { repository = 'acme/lake', action = '' } = {}): Runner {
    const { folder, env, account } = this.lake;
    const scratch = mkdtempSync(join(folder, 'runner-'));
    return {
      ...{ account, folder, scratch, subject: `repo:${repository}:${subject}` },
      env: { ...env, CRYPTODM_PATHS_DATA: join(scratch, 'data'), GITHUB_REPOSITORY: 'acme/lake' },
      values: {
        'vars.AWS_ACCOUNT_ID': accountId,
        'github.token': 'token-of-the-run',
        'github.event.number': '5',
        'inputs.action': action,
      },
    };
  }

  async end(): Promise<void> {
    await this.lake.end();
  }
}
