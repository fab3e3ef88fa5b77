import * as z from 'zod';
import { kindsFor } from '../../engine/step.ts';
import { SupervisorClient } from '../supervisor/client.ts';
import { supervisorVersion } from '../supervisor/protocol.ts';
import type { LocalSession } from './daemon.ts';

/** The process that watches the parts. */
export const supervisor = kindsFor<LocalSession>()({
  // As journals hold it.
  name: 'resident',
  inputs: z.object({
    /** the lake's folder */
    data: z.string(),
    /** arguments of node that start this program */
    entry: z.array(z.string()),
  }),

  check: async ({ data }) =>
    (await new SupervisorClient(data).state())?.version === supervisorVersion ? {} : undefined,

  run: async ({ data, entry }, { session, signal }) => {
    const client = new SupervisorClient(data);
    const running = await client.state();
    if (running !== undefined && running.version !== supervisorVersion) await client.end();
    await client.start(entry, session.env, signal);
    return {};
  },

  undo: async ({ data }) => {
    await new SupervisorClient(data).end();
  },

  // If it dies while the parts start, nobody starts again what is waited for.
  lives: ({ data }) => new SupervisorClient(data).lives(),
});
