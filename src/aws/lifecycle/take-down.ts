import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../errors.ts';
import type { Journal } from '../../engine/journal.ts';
import { applySteps, undoSteps } from '../../engine/run.ts';
import { identifyCaller } from '../services/connection.ts';
import { deleteBucket, hasBucket } from '../services/buckets.ts';
import { hasStateBucket } from '../services/state-bucket.ts';
import { listLogGroups, deleteLogGroup } from '../services/log-groups.ts';
import { deleteSecret, listSecrets } from '../services/secrets-manager.ts';
import { endHost } from '../services/machines.ts';
import { deleteTaskDefinitions } from '../services/container-services.ts';
import { sweepTagged } from '../services/sweep.ts';
import { holdsKey } from '../hosts/ssh-key.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { Work } from '../../work.ts';
import { adoptOrphans } from '../terraform/taking-over.ts';
import { adoptSearch } from '../search/adoption.ts';
import { listProducerTasks, topicsTask } from '../containers/tasks.ts';
import { drainTopics } from './drain.ts';
import { infrastructureStep } from '../lake-steps.ts';
import type { AwsSession } from '../steps/kinds.ts';
import { awsSession } from '../steps/step-session.ts';
import { lockEverywhere, lockHere } from './lake-lock.ts';
import { nameAwsLake, type AwsLake } from '../lake.ts';
import { openJournal } from './plan.ts';
import { cloudKey } from '../search/access.ts';
import { LakeStacks } from '../terraform/stacks.ts';
import { findDeployment } from '../deployment/last-deployment.ts';
import { plan } from '../terraform/terraform.ts';
import type { Deployment } from '../deployment/deployment.ts';

export interface AwsDownOptions {
  /** leave buckets, catalog and workgroup */
  keepData: boolean;
}

/** What was found afterwards. */
export interface AwsProof {
  removed: number;
  /** ARNs of what exists and has the lake's tags */
  tagged: string[];
  /** ARNs that AWS lists although nothing is there any more */
  stillListed: string[];
  /** buckets, log groups and secrets with its name */
  named: string[];
  files: string[];
}

/** Whether anything of the lake exists, as far as its state bucket shows. */
export async function awsLakeStands(work: Work): Promise<boolean> {
  const lake = nameAwsLake(work.settings, work.env);
  await identifyCaller(lake.connection);
  if (lake.settings.aws.state === 'local') return existsSync(lake.layout.journal);
  return hasStateBucket(lake.connection, lake.bucket);
}

/**
 * Removes a lake from the account: stream jobs, producers, infrastructure, data, state; then looks by tags and names for what is left.
 * @throws Fault of kind `part` that lists what is left
 */
export async function takeDownAws(work: Work, options: AwsDownOptions): Promise<AwsProof> {
  const lake = nameAwsLake(work.settings, work.env);
  const release = lockHere(lake, 'cryptodm down');
  try {
    await identifyCaller(lake.connection);
    const remote = lake.settings.aws.state === 's3';
    const exists = remote ? await hasStateBucket(lake.connection, lake.bucket) : existsSync(lake.layout.journal);
    const removed = exists ? await undoLake(lake, work, options, remote) : 0;
    if (options.keepData) return { removed, tagged: [], stillListed: [], named: [], files: [] };
    await removeSecrets(lake);
    await removeLogGroups(lake);
    if (remote) await deleteBucket(lake.connection, lake.bucket.name);
    removeFiles(lake);
    return { removed, ...(await prove(lake, work)) };
  } finally {
    release();
    removeEmpty(lake.layout.folder);
  }
}

async function undoLake(lake: AwsLake, work: Work, options: AwsDownOptions, remote: boolean): Promise<number> {
  const releaseBucket = remote ? await lockEverywhere(lake, 'cryptodm down') : undefined;
  try {
    const journal = await openJournal(lake, remote);
    const last = await findDeployment(lake);
    // Without a deployment in the bucket, an `up` had made nothing but the bucket.
    if (last === undefined) return 0;
    // The key of Elastic Cloud is read only where it is needed: an earlier run that stopped late may have removed it.
    const needsCloud = !options.keepData && journal.get('search') !== undefined;
    const stacks = await LakeStacks.synthesise(lake, work, last, needsCloud ? await cloudKey(lake, last) : {});
    const session = awsSession({ lake, work, stacks, saved: new Map(), resumed: false });
    const run = { session, journal, signal: work.signal, onEvent: work.onEvent };
    if (journal.get('infrastructure')?.state === 'making') {
      await adoptOrphans(lake, await stacks.open('lake', work.signal), work);
    }
    if (needsCloud && journal.get('search')?.state === 'making') await adoptSearch(lake, stacks, work);
    const entries = journal.all();
    if (!options.keepData) {
      await undoSteps(entries, run);
      if (last.containers !== undefined) {
        const tasks = [topicsTask, ...listProducerTasks()];
        const families = tasks.map(({ name }) => lake.names.named(name));
        await deleteTaskDefinitions(lake.connection, families);
      }
      return entries.length;
    }
    await drainTopics(work, {
      journal,
      session,
      // It would go with the producers in any case; the next `up` makes another one.
      endHost: holdsKey(lake.layout.key, last.publicKey ?? '')
        ? undefined
        : (id) => endHost(lake.connection, id, work.signal),
      // Two triggers and the time between two reports of a job.
      quietMs: 2000 * Math.max(lake.settings.aws.triggers.tables, lake.settings.aws.triggers.search) + 30_000,
    });
    const processes = entries.filter((entry) => entry.data !== true);
    await undoSteps(processes, run);
    await keepOnlyData(lake, work, last, journal);
    return processes.length;
  } finally {
    await releaseBucket?.();
  }
}

/** Applies the stack with nothing in it but what holds data: Terraform removes the rest. */
async function keepOnlyData(lake: AwsLake, work: Work, last: Deployment, journal: Journal<AwsSession>): Promise<void> {
  const deployment: Deployment = { ...last, extent: 'data' };
  const stacks = await LakeStacks.synthesise(lake, work, deployment, {});
  const terraform = await stacks.open('lake', work.signal);
  const file = stacks.planFile('lake', 'down');
  const { changes } = await plan(terraform, { file, signal: work.signal });
  if (journal.get('infrastructure') === undefined) return;
  const session = awsSession({ lake, work, stacks, saved: new Map([['lake', { file, changes }]]), resumed: false });
  const run = { session, journal, signal: work.signal, onEvent: work.onEvent };
  await applySteps([infrastructureStep()], run, { keepOthers: true });
}

async function removeSecrets(lake: AwsLake): Promise<void> {
  for (const { name } of await listSecrets(lake.connection, lake.prefix)) await deleteSecret(lake.connection, name);
}

/** A function that ended last may have written its group again after Terraform had removed it. */
async function removeLogGroups(lake: AwsLake): Promise<void> {
  for (const group of await lakeLogGroups(lake)) await deleteLogGroup(lake.connection, group);
}

async function lakeLogGroups(lake: AwsLake): Promise<string[]> {
  const prefixes = [`/crypto-lake/${lake.prefix}/`, `/aws/lambda/${lake.prefix}-`];
  const [own, crawlers] = await Promise.all([
    Promise.all(prefixes.map((prefix) => listLogGroups(lake.connection, prefix))),
    listLogGroups(lake.connection, '/aws-glue/crawlers-role/'),
  ]);
  // Glue makes the group of a crawler with a security configuration itself, and names it after the role, which may have a path.
  const role = lake.names.named('crawler');
  return [...own.flat(), ...crawlers.filter((name) => name.split('/').some((part) => isOrContinues(part, role)))];
}

function isOrContinues(name: string, start: string): boolean {
  return name === start || name.startsWith(`${start}-`);
}

function removeFiles(lake: AwsLake): void {
  const { layout } = lake;
  if (!existsSync(layout.folder)) return;
  for (const name of readdirSync(layout.folder)) {
    const path = `${layout.folder}/${name}`;
    if (path !== layout.lock) rmSync(path, { recursive: true, force: true });
  }
}

function removeEmpty(folder: string): void {
  for (const path of [folder, dirname(folder)]) {
    if (existsSync(path) && readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}

/** Proves that nothing is left. What is ending may take two minutes. */
async function prove(lake: AwsLake, work: Work): Promise<Omit<AwsProof, 'removed'>> {
  const look = async () => {
    const [{ living, ended }, groups, secrets, buckets] = await Promise.all([
      sweepTagged(lake.connection, lake.tags),
      lakeLogGroups(lake),
      listSecrets(lake.connection, lake.prefix),
      bucketsLeft(lake),
    ]);
    const named = [...groups, ...secrets.map(({ name }) => `secret ${name}`), ...buckets];
    return { tagged: living.map(({ arn }) => arn), stillListed: ended.map(({ arn }) => arn), named };
  };
  let seen = await look();
  await awaitAnswer(
    async () => {
      seen = await look();
      return seen.tagged.length + seen.named.length === 0 ? true : undefined;
    },
    { withinMs: 120_000, everyMs: 3000, signal: work.signal },
  );
  const files = existsSync(lake.layout.folder) ? readdirSync(lake.layout.folder).filter((name) => name !== 'lock') : [];
  const left = [...seen.tagged, ...seen.named, ...files];
  if (left.length > 0) {
    throw new Fault('part', `parts of the lake are left:\n${left.join('\n')}`, {
      next: 'Run "cryptodm down" again.',
      facts: { ...seen, files },
    });
  }
  return { ...seen, files };
}

async function bucketsLeft(lake: AwsLake): Promise<string[]> {
  const all = [lake.names.stateBucket, ...Object.values(lake.names.buckets)];
  const there = await Promise.all(all.map((bucket) => hasBucket(lake.connection, bucket)));
  return all.filter((_, at) => there[at]).map((bucket) => `bucket ${bucket}`);
}
