import type { StepKind } from '../../engine/step.ts';
import { SupervisorClient } from '../supervisor/client.ts';

export interface ResidentInputs {
  /** the lake's folder */
  data: string;
  /** arguments of node that start this program */
  entry: string[];
}

/** The resident process that watches the parts. */
export const resident: StepKind<ResidentInputs> = {
  check: async ({ data }) => ((await new SupervisorClient(data).state()) === undefined ? undefined : {}),

  run: async ({ data, entry }, { signal }) => {
    await new SupervisorClient(data).start(entry, signal);
    return {};
  },

  undo: async ({ data }) => {
    await new SupervisorClient(data).end();
  },
};
