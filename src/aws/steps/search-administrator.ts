import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { acceptsLogin, type Search } from '../../tools/elastic.ts';
import { resetElasticPassword } from '../search/elastic-cloud.ts';
import { awaitAnswer } from '../../tools/waiting.ts';

/** Access that may reset the password of `elastic`. */
export interface CloudAccess {
  endpoint: string;
  /** key of the Elastic Cloud API, from its secret */
  apiKey: () => Promise<string>;
}

/** Access to the user that the jobs and the command line sign in as. */
export interface SearchAccess extends CloudAccess {
  readUser: () => Promise<{ username: string; password: string } | undefined>;
  writeUser: (user: { username: string; password: string }) => Promise<void>;
  removeUser: () => Promise<void>;
}

/** What Terraform reports of the deployment in Elastic Cloud. */
export const searchOutputs = z.object({ url: z.string(), kibana_url: z.string(), deployment_id: z.string() });

export type SearchOutputs = z.infer<typeof searchOutputs>;

/**
 * Lends the `elastic` user with a password that is reset before and after, so that neither the one that Terraform's provider keeps in the
 * state nor the one that was used here opens anything any more.
 */
export async function asAdministrator<T>(
  access: CloudAccess,
  { url, deployment_id }: SearchOutputs,
  signal: AbortSignal,
  act: (admin: Search & Required<Pick<Search, 'auth'>>) => Promise<T>,
): Promise<T> {
  const cloud = { endpoint: access.endpoint, apiKey: await access.apiKey() };
  const admin = { url, auth: await resetElasticPassword(cloud, deployment_id, signal) };
  let answer: T;
  try {
    await awaitLogin(admin, true, signal);
    answer = await act(admin);
  } finally {
    await resetElasticPassword(cloud, deployment_id, signal);
  }
  await awaitLogin(admin, false, signal);
  return answer;
}

/** A reset answers before the cluster knows of it. */
async function awaitLogin(search: Search, accepted: boolean, signal: AbortSignal): Promise<void> {
  const look = async () => ((await acceptsLogin(search)) === accepted ? true : undefined);
  if ((await awaitAnswer(look, { withinMs: 120_000, everyMs: 500, signal })) === true) return;
  throw new Fault(
    'outside',
    'Elastic Cloud has reset a password, but the cluster does not know of it after two minutes',
    {
      where: search.url,
      next: 'Run the same command again.',
    },
  );
}
