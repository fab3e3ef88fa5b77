import { rmSync } from 'node:fs';
import { Fault } from '../../errors.ts';
import { Journal } from '../../engine/journal.ts';
import type { Step } from '../../engine/step.ts';
import { awsSteps } from '../lake-steps.ts';
import { awsKinds, type AwsSession } from '../steps/kinds.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { accountChecks } from '../preflight/account-checks.ts';
import { ask, joinLacks, type NotKnown } from '../preflight/checks.ts';
import { needsOf } from '../preflight/needs.ts';
import { identifyCaller } from '../services/connection.ts';
import { listZones } from '../services/offers.ts';
import { createStateBucket, hasStateBucket } from '../services/state-bucket.ts';
import { readObject, writeObject, deleteObject } from '../services/objects.ts';
import { plan, type Change } from '../terraform/terraform.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import type { SavedPlan } from '../steps/terraform.ts';
import type { Work } from '../../work.ts';
import { adoptOrphans } from '../terraform/taking-over.ts';
import { adoptSearch, awaitSearchEnd } from '../search/adoption.ts';
import { assembleDeployment } from '../deployment/assembly.ts';
import { chooseZones, wantedZones } from '../deployment/zones.ts';
import { findDeployment, readLastDeployment } from '../deployment/last-deployment.ts';
import { lockEverywhere, lockHere } from './lake-lock.ts';
import { nameAwsLake, type AwsLake } from '../lake.ts';
import { checkCloudVersion, chooseCloud, cloudKey, requireSearchAccess } from '../search/access.ts';
import { LakeStacks, type StackName } from '../terraform/stacks.ts';

/** What `up` would do to an account. The locks of the lake are held until it is released. */
export interface PlannedLake {
  lake: AwsLake;
  account: string;
  stacks: LakeStacks;
  steps: Step<unknown, AwsSession>[];
  changes: Change[];
  /** Terraform's JSON of each stack's plan, for the costs */
  plans: { stack: StackName; json: unknown }[];
  saved: Map<string, SavedPlan>;
  journal: Journal<AwsSession>;
  /** nothing of the lake exists yet, not even its state bucket: the plan was made with an empty state */
  fresh: boolean;
  /** checks that could not be made, and why */
  notKnown: NotKnown[];
  /** an earlier run stopped while it made the infrastructure */
  resumed: boolean;
  release: () => Promise<void>;
}

export interface PlanOptions {
  produce: boolean;
  /** shown as the holder of the locks, such as `cryptodm up` */
  command: string;
}

/**
 * Compares the account with the settings. Makes nothing there, but imports what a killed run made and Terraform's state does not have.
 * @throws Fault of kind `locked` while another run works, `settings` for what is missing, `outside` for what AWS refuses
 */
export async function planLake(work: Work, options: PlanOptions): Promise<PlannedLake> {
  const lake = nameAwsLake(work.settings, work.env);
  const releases: (() => void | Promise<void>)[] = [lockHere(lake, options.command)];
  const release = async () => {
    for (const give of releases.splice(0).reverse()) await give();
  };
  try {
    const caller = await identifyCaller(lake.connection);
    const remote = lake.settings.aws.state === 's3';
    const lacks = new Lacks();
    const fresh = remote && !((await lacks.note(() => hasStateBucket(lake.connection, lake.bucket))) ?? false);
    const hasSearch = (await lacks.note(async () => requireSearchAccess(lake, work.signal).then(() => true))) ?? false;
    const known = remote && !fresh;
    if (known) releases.push(await lockEverywhere(lake, options.command));
    const last = known ? await readLastDeployment(lake) : undefined;
    const journal = await openJournal(lake, known);
    const before = remote || journal.get('infrastructure') === undefined ? last : await findDeployment(lake);
    const standing = journal.get('search') === undefined ? undefined : before;
    const cloud = hasSearch ? await lacks.note(() => chooseCloud(lake, standing, work.signal)) : undefined;
    const deployment = await assembleDeployment(lake, work, {
      accountId: caller.accountId,
      last,
      standing: before,
      zones: (await lacks.note(() => zonesOf(lake, before))) ?? wantedZones,
      // With a lack the plan is not shown, and the part in Elastic Cloud is not planned.
      cloud: lake.settings.elastic.url === undefined ? (cloud ?? { region: '', version: '' }) : undefined,
      backend: backendOf(lake, fresh),
    });
    requireSameSearch(deployment, journal);
    const withSearch = cloud !== undefined;
    const secrets = withSearch ? await cloudKey(lake, deployment) : {};
    const stacks = await lacks.orElse(() => LakeStacks.synthesise(lake, work, deployment, secrets));
    if (withSearch && journal.get('search') !== undefined) await awaitSearchEnd(lake, work);
    if (withSearch && journal.get('search')?.state === 'making') await adoptSearch(lake, stacks, work);
    const resumed = journal.get('infrastructure')?.state === 'making';
    if (resumed) {
      await adoptOrphans(lake, await stacks.open('lake', work.signal), work);
    }
    const names = stacks.names.filter((stack) => stack !== 'search' || withSearch);
    const planned = await lacks.orElse(() => planStacks(stacks, work, names));
    work.onEvent({ event: 'progress', id: 'plan', text: 'asking the account for quotas, versions, names and rights' });
    const needs = needsOf(
      planned.plans.map(({ json }) => json),
      deployment.jobsZone,
    );
    const { lacks: more, notKnown } = await ask([
      ...accountChecks(lake, caller, needs),
      ...checkCloudVersion(lake, needs.search, work.signal),
    ]);
    lacks.refuse(more);
    return {
      lake,
      account: caller.accountId,
      stacks,
      steps: awsSteps(lake.lake, deployment, { produce: options.produce }),
      journal,
      fresh,
      notKnown,
      resumed,
      release,
      ...planned,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Makes the state bucket of a new lake and plans again, now with the state in it.
 * @throws Fault of kind `part` when the plan is not the one that was shown
 */
export async function settleFresh(planned: PlannedLake, work: Work, options: PlanOptions): Promise<PlannedLake> {
  const { lake } = planned;
  await createStateBucket(lake.connection, lake.bucket);
  const releaseBucket = await lockEverywhere(lake, options.command);
  const release = async () => {
    await releaseBucket();
    await planned.release();
  };
  rmSync(lake.layout.stack('preview'), { recursive: true, force: true });
  const deployment: Deployment = { ...planned.stacks.deployment, backend: { kind: 's3', bucket: lake.bucket.name } };
  const stacks = await LakeStacks.synthesise(lake, work, deployment, await cloudKey(lake, deployment));
  const again = await planStacks(stacks, work);
  const list = (changes: Change[]) => changes.map(({ address, action }) => `${action} ${address}`).sort();
  if (list(again.changes).join() !== list(planned.changes).join()) {
    await release();
    throw new Fault('part', 'the account changed while the plan was shown', {
      next: 'Run the same command again and look at the new plan.',
    });
  }
  const journal = await openJournal(lake, true);
  return { ...planned, ...again, stacks, journal, fresh: false, release };
}

/** A deployment in Elastic Cloud is removed by its own stack and key, which a lake without Elastic Cloud does not have. */
function requireSameSearch({ search }: Deployment, journal: Journal<AwsSession>): void {
  if (search.kind === 'cloud' || journal.get('search') === undefined) return;
  throw new Fault('settings', 'the index of this lake is in Elastic Cloud, and "elastic.url" names another cluster', {
    where: search.url,
    next: 'Remove "elastic.url" from the settings, or run "cryptodm down" first.',
  });
}

function backendOf(lake: AwsLake, fresh: boolean): Deployment['backend'] {
  if (lake.settings.aws.state === 'local') return { kind: 'local', path: lake.layout.folder };
  // Nothing is made in the account before the user has agreed: the plan of a new lake needs no more than an empty state.
  return fresh ? { kind: 'local', path: lake.layout.stack('preview') } : { kind: 's3', bucket: lake.bucket.name };
}

/** Faults that are collected, so that one message has all of them. */
class Lacks {
  private readonly found: Fault[] = [];

  /** Does something, and notes what is missing. @returns undefined when something is */
  async note<T>(act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Fault) || !['settings', 'outside'].includes(error.kind)) throw error;
      this.found.push(error);
      return undefined;
    }
  }

  /** Does something that ends the plan when it fails, after what was noted before it. */
  async orElse<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Fault && error.kind !== 'interrupted') this.refuse([error]);
      throw error;
    }
  }

  /** @throws one Fault for all that is missing, if anything is */
  refuse(more: readonly Fault[]): void {
    const joined = joinLacks([...this.found, ...more]);
    if (joined !== undefined) throw joined;
  }
}

/** Zones of the lake; all three when this user may not list those of the region. */
async function zonesOf(lake: AwsLake, last: Deployment | undefined): Promise<number> {
  const { region } = lake.connection;
  const brokers = lake.settings.aws.brokers.count;
  const standing = last?.aws.region === region ? last.zones : undefined;
  if (standing !== undefined) return standing;
  const zones = await listZones(lake.connection).catch((error: unknown) => {
    if (error instanceof Fault && error.facts['denied'] !== undefined) return undefined;
    throw error;
  });
  return chooseZones(zones, { region, brokers, standing });
}

async function planStacks(
  stacks: LakeStacks,
  work: Work,
  names: readonly StackName[] = stacks.names,
): Promise<Pick<PlannedLake, 'changes' | 'plans' | 'saved'>> {
  const changes: Change[] = [];
  const plans: PlannedLake['plans'] = [];
  const saved = new Map<string, SavedPlan>();
  for (const stack of names) {
    work.onEvent({ event: 'progress', id: 'plan', text: `comparing ${stack} with the account` });
    const file = stacks.planFile(stack, 'up');
    const terraform = await stacks.open(stack, work.signal);
    const result = await plan(terraform, { file, signal: work.signal });
    changes.push(...result.changes);
    plans.push({ stack, json: result.json });
    saved.set(stack, { file, changes: result.changes });
  }
  return { changes, plans, saved };
}

const journalKey = 'journal.json';

/** The journal of the lake: a file on this machine with the text of the state bucket, which counts. */
export async function openJournal(lake: AwsLake, remote: boolean): Promise<Journal<AwsSession>> {
  const { layout, connection, bucket } = lake;
  if (!remote) {
    // Without a bucket there is no lake: the file on this machine is of an earlier one.
    if (lake.settings.aws.state === 's3') rmSync(layout.journal, { force: true });
    return Journal.open(layout.journal, awsKinds);
  }
  const object = await readObject(connection, bucket.name, journalKey);
  if (object === undefined) rmSync(layout.journal, { force: true });
  else replaceFile(layout.journal, object.text);
  return Journal.open(layout.journal, awsKinds, async (text) => {
    if (text === undefined) await deleteObject(connection, bucket.name, journalKey);
    else await writeObject(connection, bucket.name, journalKey, text);
  });
}
