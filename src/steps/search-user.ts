import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { Fault } from '../errors.ts';
import type { StepKind } from '../engine/step.ts';
import { acceptsLogin, putIndexUser, type Search } from '../tools/elastic.ts';
import { resetElasticPassword } from '../tools/elastic-cloud.ts';
import { awaitAnswer } from '../tools/waiting.ts';

export interface SearchUserInputs {
  /** name of the secret that jobs and CLI read the user from */
  secret: string;
  index: string;
  aliases: string[];
}

export interface SearchAccess {
  endpoint: string;
  /** key of the Elastic Cloud API, from its secret */
  apiKey: () => Promise<string>;
  readUser: () => Promise<{ username: string; password: string } | undefined>;
  writeUser: (user: { username: string; password: string }) => Promise<void>;
  removeUser: () => Promise<void>;
}

const searchOutputs = z.object({ url: z.string(), deployment_id: z.string() });

const username = 'cryptodm';

/**
 * A user who may use the lake's index alone. Terraform's provider keeps the password of `elastic` in the state: it is reset before and
 * after, so that neither that one nor the one used here opens anything any more.
 */
export function searchUserKind(access: SearchAccess): StepKind<SearchUserInputs> {
  return {
    check: async (_inputs, _outputs, context) => {
      const search = searchOutputs.safeParse(context.outputs('search'));
      const user = await access.readUser();
      if (!search.success || user === undefined) return undefined;
      return (await acceptsLogin({ url: search.data.url, auth: user })) ? { detail: user.username } : undefined;
    },

    run: async ({ index, aliases }, context) => {
      const search = searchOutputs.safeParse(context.outputs('search'));
      if (!search.success)
        throw new Fault('part', 'Elastic Cloud has told no deployment', { next: 'Run "cryptodm up" again.' });
      const cloud = { endpoint: access.endpoint, apiKey: await access.apiKey() };
      const { url, deployment_id } = search.data;
      const user = { username, password: randomBytes(24).toString('base64url') };
      const admin = { url, auth: await resetElasticPassword(cloud, deployment_id, context.signal) };
      try {
        await awaitLogin(admin, true, context.signal);
        await putIndexUser(admin, { ...user, index, aliases });
        await access.writeUser(user);
      } finally {
        await resetElasticPassword(cloud, deployment_id, context.signal);
      }
      await awaitLogin(admin, false, context.signal);
      return { detail: username };
    },

    undo: async () => access.removeUser(),
  };
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
