import { importId, plannedId } from './adoption.ts';
import { removeHalfMade } from '../services/buckets.ts';
import { findConfiguration } from '../services/kafka-configurations.ts';
import type { AwsConnection } from '../services/connection.ts';
import { listTagged } from '../services/sweep.ts';
import { importResource, readPlanned, readState, type Terraform } from './terraform.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';

/** The tag with the address in the stack under which a resource was made. */
export const addressTag = 'address';

/**
 * Imports into the state what a killed run made and could not save: every resource has a tag with its address. A bucket without tags is still
 * empty: it is removed and made again.
 * @returns addresses taken over
 */
export async function adoptOrphans(lake: AwsLake, terraform: Terraform, work: Work): Promise<string[]> {
  for (const bucket of Object.values(lake.names.buckets)) {
    if (await removeHalfMade(lake.connection, bucket)) {
      work.onEvent({
        event: 'message',
        text: `Removed the empty bucket ${bucket} that a stopped run had not yet tagged`,
      });
    }
  }
  const held = await readState(terraform);
  const addresses = new Set(held.map(({ address }) => address));
  const adopted: string[] = [];
  for (const { arn, tags } of await listTagged(lake.connection, lake.tags)) {
    const address = tags[addressTag];
    if (address === undefined || addresses.has(address)) continue;
    const id = importId(address.split('.')[0] ?? '', arn);
    if (id === undefined) continue;
    await importResource(terraform, address, id, work.signal);
    addresses.add(address);
    adopted.push(address);
  }
  if (adopted.length > 0) {
    const text = `Taken over from a run that was stopped: ${adopted.join(', ')}`;
    work.onEvent({ event: 'message', text });
  }
  return adopted;
}

/** Imports the resources without tags that Terraform found existing. @returns addresses taken over */
export async function adoptConflicts(
  terraform: Terraform,
  given: { connection: AwsConnection; planFile: string; conflicts: string[]; accountId: string; signal: AbortSignal },
): Promise<string[]> {
  const planned = await readPlanned(terraform, given.planFile);
  const adopted: string[] = [];
  for (const address of given.conflicts) {
    const after = planned.get(address);
    const type = address.split('.')[0] ?? '';
    const id =
      type === 'aws_msk_configuration'
        ? await findConfiguration(given.connection, String(after?.['name']))
        : plannedId(type, after ?? {}, { accountId: given.accountId, region: given.connection.region });
    if (id === undefined) continue;
    await importResource(terraform, address, id, given.signal);
    adopted.push(address);
  }
  return adopted;
}
