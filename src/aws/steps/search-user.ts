import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { kindsFor } from '../../engine/step.ts';
import { acceptsLogin, putIndexUser } from '../../tools/elastic.ts';
import { asAdministrator, searchOutputs, type SearchAccess } from './search-administrator.ts';

const username = 'cryptodm';

/** A user who may use the lake's index alone. */
export const searchUser = kindsFor<{ search: SearchAccess }>()({
  name: 'search-user',
  inputs: z.object({
    /** name of the secret that jobs and CLI read the user from */
    secret: z.string(),
    index: z.string(),
    aliases: z.array(z.string()),
  }),
  takes: { search: searchOutputs },

  check: async (_inputs, _outputs, { taken: { search }, session }) => {
    const user = await session.search.readUser();
    if (user === undefined) return undefined;
    return (await acceptsLogin({ url: search.url, auth: user })) ? { detail: user.username } : undefined;
  },

  run: async ({ index, aliases }, { taken: { search }, session, signal }) => {
    const user = { username, password: randomBytes(24).toString('base64url') };
    await asAdministrator(session.search, search, signal, async (admin) => {
      await putIndexUser(admin, { ...user, index, aliases });
      await session.search.writeUser(user);
    });
    return { detail: username };
  },

  undo: async (_inputs, _outputs, { session }) => session.search.removeUser(),
});
