import * as z from 'zod';
import { Fault } from '../../errors.ts';
import { kindsFor, type StepContext } from '../../engine/step.ts';
import { applyPlan, plan, readOutputs, type Change, type Terraform } from '../terraform/terraform.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { StackName } from '../terraform/stacks.ts';
import { lakeOutputs } from './lake-outputs.ts';
import { searchOutputs } from './search-administrator.ts';

/** A plan that was shown and is to be applied as it is. */
export interface SavedPlan {
  file: string;
  changes: Change[];
}

/** What this machine knows of the stacks. */
export interface Stacks {
  /** Terraform in the folder of a stack, initialised */
  open: (stack: StackName, signal: AbortSignal) => Promise<Terraform>;
  plans: Map<string, SavedPlan>;
  /** with `data` only what holds data is there, and a stack reports less */
  extent: Deployment['extent'];
  /**
   * Takes over what exists already because a killed run made it.
   * @returns a new plan without it, undefined when there is nothing to take over
   */
  adopt: (stack: StackName, conflicts: string[], signal: AbortSignal) => Promise<SavedPlan | undefined>;
  /**
   * Moves what found no instances left in its zone to the next one.
   * @param full addresses in the stack of what found none
   * @returns a new plan for the other zone, undefined when there is none that was not tried
   */
  moveOn: (stack: StackName, full: string[], signal: AbortSignal) => Promise<SavedPlan | undefined>;
  /** file for the plan of a stack's removal */
  destroyPlan: (stack: StackName) => string;
}

/** The infrastructure of the lake. */
export const lakeStack = terraformKind('lake', lakeOutputs);

/** The deployment in Elastic Cloud. */
export const searchStack = terraformKind('search', searchOutputs);

/** A stack of infrastructure: it is there when its saved plan holds no change. */
function terraformKind<Outputs>(stack: StackName, outputs: z.ZodType<Outputs>) {
  const read = async (terraform: Terraform, extent: Stacks['extent']): Promise<Outputs | undefined> => {
    const reported = outputs.safeParse(await readOutputs(terraform));
    if (reported.success) return reported.data;
    if (extent === 'data') return undefined;
    const missing = reported.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new Fault('part', `the infrastructure does not report ${missing}`, {
      where: `terraform output in ${terraform.folder}`,
      next: 'Run "cryptodm up" again.',
      cause: reported.error,
    });
  };
  return kindsFor<{ stacks: Stacks }>()({
    name: `terraform-${stack}`,
    inputs: z.object({}),
    outputs: outputs.optional(),

    check: async (_inputs, _outputs, { session: { stacks }, signal }) => {
      if (stacks.plans.get(stack)?.changes.length !== 0) return undefined;
      return { outputs: await read(await stacks.open(stack, signal), stacks.extent) };
    },

    run: async (_inputs, context) => {
      const { stacks } = context.session;
      const terraform = await stacks.open(stack, context.signal);
      const saved = stacks.plans.get(stack);
      if (saved === undefined) throw new Fault('internal', `no plan of stack ${stack} was shown`);
      await applyOver(terraform, saved, { stack, context });
      stacks.plans.delete(stack);
      return { outputs: await read(terraform, stacks.extent), detail: `${String(saved.changes.length)} resources` };
    },

    undo: async (_inputs, _outputs, context) => {
      const { stacks } = context.session;
      const terraform = await stacks.open(stack, context.signal);
      const file = stacks.destroyPlan(stack);
      const { changes } = await plan(terraform, { file, destroy: true, signal: context.signal });
      await apply(terraform, { file, changes }, context);
    },
  });
}

/** Applies a plan; what it finds in its way is taken over, and a zone without instances is left, as long as that leads on. */
async function applyOver(
  terraform: Terraform,
  saved: SavedPlan,
  { stack, context }: { stack: StackName; context: StepContext<unknown, { stacks: Stacks }> },
): Promise<void> {
  try {
    await apply(terraform, saved, context);
  } catch (error) {
    const { conflicts, full } = (error instanceof Fault ? error.facts : {}) as Partial<Record<string, string[]>>;
    const { stacks } = context.session;
    const next =
      (conflicts === undefined ? undefined : await stacks.adopt(stack, conflicts, context.signal)) ??
      (full === undefined ? undefined : await stacks.moveOn(stack, full, context.signal));
    if (next === undefined) throw error;
    await applyOver(terraform, next, { stack, context });
  }
}

/** Applies a plan and reports how far it is. */
async function apply(
  terraform: Terraform,
  saved: SavedPlan,
  context: Pick<StepContext, 'signal' | 'progress'>,
): Promise<void> {
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
      context.progress(`${String(done)} of ${String(total)} resources${waits}`);
    },
  });
}
