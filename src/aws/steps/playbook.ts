import type { StepContext, StepKind } from '../../engine/step.ts';
import { readLakeOutputs, type LakeOutputs } from './lake-outputs.ts';

export interface PlaybookInputs {
  units: { id: string; jar: string; sha256: string; enabled: boolean }[];
  /** functions to invoke once the topics stand */
  functions: string[];
}

export interface PlaybookOutputs {
  /** of the spec that the producers run by */
  spec: string;
}

/** Runs `deploy-processos-crypto` and tells how many tasks changed something. */
export type Play = (
  outputs: LakeOutputs,
  inputs: PlaybookInputs,
  options: { check: boolean; context: StepContext },
) => Promise<{ changed: number }>;

/** Topics and producers on the host: they stand when a dry run of the playbook would change nothing. */
export function playbookKind(play: Play): StepKind<PlaybookInputs, PlaybookOutputs> {
  const specOf = (context: StepContext) => (context.outputs('spec') as { hash?: string } | undefined)?.hash ?? '';
  const detail = ({ units }: PlaybookInputs) => {
    const enabled = units.filter((unit) => unit.enabled).map(({ id }) => id);
    return enabled.length === 0 ? 'no producers' : `producers: ${enabled.join(', ')}`;
  };
  return {
    check: async (inputs, outputs, context) => {
      const spec = specOf(context);
      if (outputs?.spec !== spec) return undefined;
      const { changed } = await play(readLakeOutputs(context.outputs('infrastructure')), inputs, {
        check: true,
        context,
      });
      return changed === 0 ? { outputs: { spec }, detail: detail(inputs) } : undefined;
    },

    run: async (inputs, context) => {
      const lake = readLakeOutputs(context.outputs('infrastructure'));
      await play(lake, inputs, { check: false, context });
      return { outputs: { spec: specOf(context) }, detail: detail(inputs) };
    },

    // Host and brokers go with the infrastructure.
    undo: async () => Promise.resolve(),
  };
}
