import { importId, plannedId } from './adoption.ts';
import { removeHalfMade } from '../services/buckets.ts';
import { findConfiguration } from '../services/kafka-configurations.ts';
import type { AwsConnection } from '../services/connection.ts';
import { listTagged } from '../services/sweep.ts';
import { importResource, readPlanned, readState, type Terraform } from './terraform.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';

/** The tag that says under which address of the stack something was made. */
export const addressTag = 'address';

/**
 * Takes into the state what a killed run made and could not write down any more: everything carries the address it was made under. A
 * bucket that has no tags yet is empty too, and made again.
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

/** Takes over what Terraform ran into: things of the lake without tags of their own. @returns addresses taken over */
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
        : plannedId(type, after ?? {}, given.accountId);
    if (id === undefined) continue;
    await importResource(terraform, address, id, given.signal);
    adopted.push(address);
  }
  return adopted;
}
