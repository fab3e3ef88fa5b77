import { Fault } from '../../errors.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import { findRunningDeployment, isDeploymentStopping } from './elastic-cloud.ts';
import { forgetResource, importResource, readState } from '../terraform/terraform.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';
import { searchAccess } from './access.ts';
import type { LakeStacks } from '../terraform/stacks.ts';

/** Address of the one deployment in the stack `search`. */
const address = 'ec_deployment.deployment';

/** Imports into the state the deployment that a killed run had requested from Elastic Cloud and could not save. */
export async function adoptSearch(lake: AwsLake, stacks: LakeStacks, work: Work): Promise<void> {
  const terraform = await stacks.open('search', work.signal);
  const held = (await readState(terraform)).find((resource) => resource.address === address);
  const { endpoint, apiKey } = searchAccess(lake);
  const cloud = { endpoint, apiKey: await apiKey() };
  const wanted = { name: lake.names.named('search'), tags: lake.tags };
  const id = await findRunningDeployment(cloud, wanted, work.signal);
  if (id === undefined || id === held?.values['id']) return;
  // The deployment in the state has ended; the killed run made another one.
  if (held !== undefined) await forgetResource(terraform, address);
  await importResource(terraform, address, id, work.signal);
  work.onEvent({ event: 'message', text: `Taken over from a run that was stopped: ${address}` });
}

/** Waits until a deployment that an end of the time to live has shut down is gone: the plan would take it for one that runs. */
export async function awaitSearchEnd(lake: AwsLake, work: Work): Promise<void> {
  const { endpoint, apiKey } = searchAccess(lake);
  const cloud = { endpoint, apiKey: await apiKey() };
  const wanted = { name: lake.names.named('search'), tags: lake.tags };
  const look = async () => {
    if (!(await isDeploymentStopping(cloud, wanted, work.signal))) return true;
    work.onEvent({ event: 'progress', id: 'plan', text: 'waiting until the deployment in Elastic Cloud has stopped' });
    return undefined;
  };
  if ((await awaitAnswer(look, { withinMs: 600_000, everyMs: 2000, signal: work.signal })) === true) return;
  throw new Fault('outside', 'the deployment in Elastic Cloud has been stopping for ten minutes', {
    where: wanted.name,
    next: 'Look at it in the console of Elastic Cloud, then run the same command.',
  });
}
