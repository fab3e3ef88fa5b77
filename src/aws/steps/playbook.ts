import * as z from 'zod';
import { kindsFor, type StepContext } from '../../engine/step.ts';
import { lakeOutputs, type LakeOutputs } from './lake-outputs.ts';
import { specOutputs } from './spec-object.ts';

const inputs = z.object({
  units: z.array(z.object({ id: z.string(), jar: z.string(), sha256: z.string(), enabled: z.boolean() })),
  /** functions to invoke once the topics exist */
  functions: z.array(z.string()),
});

export type PlaybookInputs = z.infer<typeof inputs>;

/** Runs `deploy-processos-crypto`. @returns how many tasks changed something */
export type Play = (
  outputs: LakeOutputs,
  inputs: PlaybookInputs,
  options: { check: boolean } & Pick<StepContext, 'signal' | 'progress'>,
) => Promise<{ changed: number }>;

/** Topics and producers on the host: they are there when a dry run of the playbook would change nothing. */
export const playbook = kindsFor<{ play: Play }>()({
  name: 'playbook',
  inputs,
  outputs: z.object({
    /** hash of the spec that the producers run by */
    spec: z.string(),
  }),
  takes: { infrastructure: lakeOutputs, spec: specOutputs },

  check: async (inputs, outputs, { taken: { infrastructure, spec }, session, signal, progress }) => {
    if (outputs?.spec !== spec.hash) return undefined;
    const { changed } = await session.play(infrastructure, inputs, { check: true, signal, progress });
    return changed === 0 ? { outputs, detail: titles(inputs) } : undefined;
  },

  run: async (inputs, { taken: { infrastructure, spec }, session, signal, progress }) => {
    await session.play(infrastructure, inputs, { check: false, signal, progress });
    return { outputs: { spec: spec.hash }, detail: titles(inputs) };
  },

  // Host and brokers go with the infrastructure.
  undo: async () => Promise.resolve(),
});

function titles({ units }: PlaybookInputs): string {
  const enabled = units.filter((unit) => unit.enabled).map(({ id }) => id);
  return enabled.length === 0 ? 'no producers' : `producers: ${enabled.join(', ')}`;
}
