import * as z from 'zod';
import { defineKind } from '../../engine/step.ts';
import { SupervisorClient } from '../supervisor/client.ts';

/** The process that watches the parts. */
export const supervisor = defineKind({
  // As journals hold it.
  name: 'resident',
  inputs: z.object({
    /** the lake's folder */
    data: z.string(),
    /** arguments of node that start this program */
    entry: z.array(z.string()),
  }),

  check: async ({ data }) => ((await new SupervisorClient(data).state()) === undefined ? undefined : {}),

  run: async ({ data, entry }, { signal }) => {
    await new SupervisorClient(data).start(entry, signal);
    return {};
  },

  undo: async ({ data }) => {
    await new SupervisorClient(data).end();
  },

  // If it dies while the parts start, nobody starts again what is waited for.
  lives: ({ data }) => new SupervisorClient(data).lives(),
});
