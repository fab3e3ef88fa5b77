import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { stackLinks } from '../deployment/stack-files.ts';
import { readObject } from '../services/objects.ts';
import { synthesise } from './synthesis.ts';
import { breakLock, findTerraform, initialise, runningProcess, type Terraform } from './terraform.ts';
import { findMirror } from './mirror.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { packageFolder } from '../../toolchain/preparation.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';

export type StackName = 'lake' | 'search';

/** Terraform's working folders of a lake, filled from the constructs. */
export class LakeStacks {
  private readonly opened = new Map<string, Promise<Terraform>>();

  private constructor(
    private readonly lake: AwsLake,
    private readonly work: Work,
    private written: Deployment,
    readonly names: StackName[],
    private readonly secrets: Record<string, string>,
  ) {}

  /** Writes the deployment to a file and runs the constructs, which turn it into stacks. */
  static async synthesise(
    lake: AwsLake,
    work: Work,
    deployment: Deployment,
    secrets: Record<string, string>,
  ): Promise<LakeStacks> {
    return new LakeStacks(lake, work, deployment, await writeStacks(lake, work, deployment), secrets);
  }

  /** Input of the constructs that wrote the stacks. */
  get deployment(): Deployment {
    return this.written;
  }

  /** Writes the stacks again for a deployment that differs in values only: its stacks and their providers are the same. */
  async rewrite(deployment: Deployment): Promise<void> {
    await writeStacks(this.lake, this.work, deployment);
    this.written = deployment;
  }

  planFile(stack: StackName, purpose: 'up' | 'down'): string {
    return join(this.lake.layout.stack(stack), `${purpose}.tfplan`);
  }

  /** Terraform in the folder of a stack, initialised; the lock of a killed run is broken. */
  async open(stack: StackName, signal: AbortSignal): Promise<Terraform> {
    let opened = this.opened.get(stack);
    if (opened === undefined) {
      opened = this.initialise(stack, signal);
      this.opened.set(stack, opened);
      opened.catch(() => this.opened.delete(stack));
    }
    return opened;
  }

  private async initialise(stack: StackName, signal: AbortSignal): Promise<Terraform> {
    const { layout, settings } = this.lake;
    const mirror = findMirror(this.work.env, stack === 'search' ? 'elastic/ec' : 'hashicorp/aws');
    const env = {
      ...this.work.env,
      ...mirror.env,
      ...(settings.aws.profile === undefined ? {} : { AWS_PROFILE: settings.aws.profile }),
      ...this.secrets,
    };
    const folder = layout.stack(stack);
    const binary = await findTerraform(env);
    const terraform: Terraform = { binary, folder, env, pluginDir: mirror.pluginDir };
    await awaitEarlierRun(folder, this.work, signal);
    await initialise(terraform, signal);
    await this.freeLock(stack, terraform);
    return terraform;
  }

  /** The lock is an object beside the state: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking */
  private async freeLock(stack: StackName, terraform: Terraform): Promise<void> {
    if (this.deployment.backend.kind !== 's3') return;
    const object = await readObject(this.lake.connection, this.deployment.backend.bucket, `${stack}.tfstate.tflock`);
    if (object === undefined) return;
    const { ID = '', Who = '', Created = '' } = JSON.parse(object.text) as Record<string, string>;
    if (Who !== `${userInfo().username}@${hostname()}`) {
      throw new Fault('locked', `Terraform’s lock of this lake is held by ${Who} since ${Created}`, {
        where: `s3://${this.deployment.backend.bucket}/${stack}.tfstate.tflock`,
        next: `Wait for that run to end. If it has surely ended: terraform -chdir=${terraform.folder} force-unlock ${ID}`,
      });
    }
    await breakLock(terraform, ID);
    this.work.onEvent({ event: 'message', text: 'A run was stopped while Terraform worked: its lock is released.' });
  }
}

/** @returns names of the stacks */
async function writeStacks({ layout }: AwsLake, work: Work, deployment: Deployment): Promise<StackName[]> {
  mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  writeFileSync(layout.deployment, `${JSON.stringify(deployment, null, 1)}\n`, { mode: 0o600 });
  const app = join(packageFolder(work.entry), 'dist', 'cdktf', 'main.js');
  rmSync(layout.synthesis, { recursive: true, force: true });
  const { stacks } = await synthesise({
    app,
    deployment: layout.deployment,
    outdir: layout.synthesis,
    signal: work.signal,
  });
  for (const stack of stacks) {
    const folder = layout.stack(stack);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyFileSync(join(layout.synthesis, 'stacks', stack, 'cdk.tf.json'), join(folder, 'cdk.tf.json'));
    linkFiles(folder, deployment);
  }
  return stacks as StackName[];
}

function linkFiles(folder: string, deployment: Deployment): void {
  for (const [name, target] of stackLinks(deployment)) {
    const link = join(folder, name);
    mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
}

/** After a killed run Terraform still works: it finishes what it started, and then its state is complete. */
async function awaitEarlierRun(folder: string, work: Work, signal: AbortSignal): Promise<void> {
  if (runningProcess(folder) === undefined) return;
  work.onEvent({
    event: 'message',
    text: 'Terraform still works for a run that was stopped: waiting for it to end ...',
  });
  await awaitAnswer(() => (runningProcess(folder) === undefined ? true : undefined), {
    withinMs: 3_600_000,
    everyMs: 500,
    signal,
  });
}
