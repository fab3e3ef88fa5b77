import { Fault } from '../../errors.ts';
import type { StepContext, StepKind } from '../../engine/step.ts';
import { applyPlan, plan, readOutputs, type Change, type Terraform } from '../terraform/terraform.ts';

export interface TerraformInputs {
  stack: 'lake' | 'search';
}

/** A plan that was shown and is to be applied as it is. */
export interface SavedPlan {
  file: string;
  changes: Change[];
}

/** What this machine knows of the stacks. */
export interface Stacks {
  /** Terraform in the folder of a stack, initialised */
  open: (stack: TerraformInputs['stack'], signal: AbortSignal) => Promise<Terraform>;
  plans: Map<string, SavedPlan>;
  /**
   * Takes over what stands already because a killed run made it.
   * @returns a new plan without it, undefined when there is nothing to take over
   */
  adopt: (stack: TerraformInputs['stack'], conflicts: string[], signal: AbortSignal) => Promise<SavedPlan | undefined>;
  /** file for the plan of a stack's removal */
  destroyPlan: (stack: TerraformInputs['stack']) => string;
}

/** A stack of infrastructure: stands when its saved plan holds no change. */
export function terraformKind(stacks: Stacks): StepKind<TerraformInputs> {
  return {
    check: async ({ stack }, _, { signal }) => {
      if (stacks.plans.get(stack)?.changes.length !== 0) return undefined;
      return { outputs: await readOutputs(await stacks.open(stack, signal)) };
    },

    run: async ({ stack }, context) => {
      const terraform = await stacks.open(stack, context.signal);
      const saved = stacks.plans.get(stack);
      if (saved === undefined) throw new Fault('internal', `no plan of stack ${stack} was shown`);
      await applyOver(terraform, saved, { stacks, stack, context });
      stacks.plans.delete(stack);
      return { outputs: await readOutputs(terraform), detail: `${String(saved.changes.length)} resources` };
    },

    undo: async ({ stack }, _, context) => {
      const terraform = await stacks.open(stack, context.signal);
      const file = stacks.destroyPlan(stack);
      const { changes } = await plan(terraform, { file, destroy: true, signal: context.signal });
      await apply(terraform, { file, changes }, context);
    },
  };
}

/** Applies a plan; what it finds standing is taken over, as long as there is something to take over. */
async function applyOver(
  terraform: Terraform,
  saved: SavedPlan,
  { stacks, stack, context }: { stacks: Stacks; stack: TerraformInputs['stack']; context: StepContext },
): Promise<void> {
  try {
    await apply(terraform, saved, context);
  } catch (error) {
    const conflicts = error instanceof Fault ? (error.facts['conflicts'] as string[] | undefined) : undefined;
    const next = conflicts === undefined ? undefined : await stacks.adopt(stack, conflicts, context.signal);
    if (next === undefined) throw error;
    await applyOver(terraform, next, { stacks, stack, context });
  }
}

/** Applies a plan and tells how far it is. */
export async function apply(terraform: Terraform, saved: SavedPlan, context: StepContext): Promise<void> {
  const total = saved.changes.length;
  const going = new Map<string, number>();
  let done = 0;
  await applyPlan(terraform, saved.file, {
    signal: context.signal,
    onEvent: ({ address, state, seconds }) => {
      if (state === 'done' || state === 'failed') {
        going.delete(address);
        done += state === 'done' ? 1 : 0;
      } else going.set(address, seconds);
      const [slowest] = [...going].sort((a, b) => b[1] - a[1]);
      const waits = slowest === undefined ? '' : `, ${slowest[0]} since ${String(slowest[1])} s`;
      context.progress?.(`${String(done)} of ${String(total)} resources${waits}`);
    },
  });
}
