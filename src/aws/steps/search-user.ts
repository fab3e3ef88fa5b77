import { randomBytes } from 'node:crypto';
import type { StepKind } from '../../engine/step.ts';
import { acceptsLogin, putIndexUser } from '../../tools/elastic.ts';
import { asAdministrator, readSearchOutputs, requireSearchOutputs, type CloudAccess } from './search-administrator.ts';

export interface SearchUserInputs {
  /** name of the secret that jobs and CLI read the user from */
  secret: string;
  index: string;
  aliases: string[];
}

export interface SearchAccess extends CloudAccess {
  readUser: () => Promise<{ username: string; password: string } | undefined>;
  writeUser: (user: { username: string; password: string }) => Promise<void>;
  removeUser: () => Promise<void>;
}

const username = 'cryptodm';

/** A user who may use the lake's index alone. */
export function searchUserKind(access: SearchAccess): StepKind<SearchUserInputs> {
  return {
    check: async (_inputs, _outputs, context) => {
      const search = readSearchOutputs(context);
      const user = await access.readUser();
      if (search === undefined || user === undefined) return undefined;
      return (await acceptsLogin({ url: search.url, auth: user })) ? { detail: user.username } : undefined;
    },

    run: async ({ index, aliases }, context) => {
      const user = { username, password: randomBytes(24).toString('base64url') };
      await asAdministrator(access, requireSearchOutputs(context), context.signal, async (admin) => {
        await putIndexUser(admin, { ...user, index, aliases });
        await access.writeUser(user);
      });
      return { detail: username };
    },

    undo: async () => access.removeUser(),
  };
}
