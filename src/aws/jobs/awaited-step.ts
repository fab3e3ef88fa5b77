import { Fault } from '../../errors.ts';
import { activeStates, addSteps, killSteps, listSteps } from '../services/emr.ts';
import { awaitAnswer } from '../../tools/waiting.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';

const withinHours = 6;

/** A step of the cluster that ends by itself. */
export interface AwaitedStep {
  /** id of the cluster */
  cluster: string;
  step: { name: string; args: string[] };
  /** such as `the maintenance` */
  what: string;
  /** of which job the log is */
  log: string;
}

/**
 * Runs a step and waits for its end. Ctrl-C cancels it.
 * @returns its id
 * @throws Fault of kind `part` when it fails or does not end
 */
export async function runStep(lake: AwsLake, work: Work, { cluster, step, what, log }: AwaitedStep): Promise<string> {
  const [id = ''] = await addSteps(lake.connection, cluster, [step]);
  try {
    const ended = await awaitAnswer(
      async () => {
        const found = (await listSteps(lake.connection, cluster)).find((its) => its.id === id);
        const state = found?.state.toLowerCase() ?? 'submitted';
        work.onEvent({ event: 'progress', id: log, text: `step ${id} is ${state}` });
        return found === undefined || activeStates.has(found.state) ? undefined : found;
      },
      { withinMs: withinHours * 3_600_000, everyMs: 2000, signal: work.signal },
    );
    if (ended === undefined) {
      throw new Fault('part', `${what} has not ended within ${String(withinHours)} hours`, {
        where: id,
        next: `See "cryptodm logs ${log}".`,
      });
    }
    if (ended.state === 'COMPLETED') return id;
    throw new Fault('part', `the step of ${what} is ${ended.state.toLowerCase()}: ${ended.reason ?? 'see its log'}`, {
      where: id,
      next: `See "cryptodm logs ${log}"; EMR delivers logs some minutes late.`,
    });
  } catch (error) {
    // One that has ended is not changed by this.
    await killSteps(lake.connection, cluster, [id]).catch(() => undefined);
    throw error;
  }
}
