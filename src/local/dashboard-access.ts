import { Fault } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import { SupervisorClient } from './supervisor/client.ts';
import { dashboardAddress } from './lake-steps.ts';
import { answers } from './parts/dashboard.ts';
import { isAlive } from '../tools/process-identity.ts';
import { awaitAnswer } from '../tools/waiting.ts';

/** One that has just been started again answers within this time. */
const answersWithinMs = 5000;

/** Address of the lake's dashboard once it answers. @throws Fault of kind `part` when the lake is not up, or its dashboard is not */
export async function findDashboard(settings: Settings): Promise<string> {
  const { data } = settings.paths;
  const parts = await new SupervisorClient(data).parts();
  const living = parts.filter(({ process }) => process !== undefined && isAlive(process));
  if (living.length === 0) {
    throw new Fault('part', `no lake is up in ${data}`, { where: data, next: 'Run "cryptodm up" first.' });
  }
  const url = dashboardAddress(settings);
  const found = await awaitAnswer(async () => ((await answers(`${url}/api/alive`)) ? url : undefined), {
    withinMs: answersWithinMs,
  });
  if (found !== undefined) return found;
  throw new Fault('part', 'the dashboard does not answer', {
    where: url,
    next: 'See "cryptodm logs dashboard", or run "cryptodm up" again.',
  });
}
