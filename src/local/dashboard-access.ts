import { Fault } from '../errors.ts';
import type { LocalLake } from './lake.ts';
import { isDashboardReady, ownDashboard } from './parts/dashboard.ts';
import { isAlive } from '../tools/process-identity.ts';
import { awaitAnswer } from '../tools/waiting.ts';

/** One that has just been started again answers within this time. */
const answersWithinMs = 5000;

/** Address of the lake's dashboard once it answers. @throws Fault of kind `part` when the lake is not up, or its dashboard is not */
export async function findDashboard(lake: LocalLake): Promise<string> {
  const { layout, supervisor, dashboard: url } = lake;
  const { data } = layout;
  const parts = await supervisor.parts();
  const living = parts.filter(({ process }) => process !== undefined && isAlive(process));
  if (living.length === 0) {
    throw new Fault('part', `no lake is up in ${data}`, { where: data, next: 'Run "cryptodm up" first.' });
  }
  const found = await awaitAnswer(async () => ((await isDashboardReady(ownDashboard(lake))) ? url : undefined), {
    withinMs: answersWithinMs,
  });
  if (found !== undefined) return found;
  throw new Fault('part', 'the dashboard does not answer', {
    where: url,
    next: 'See "cryptodm logs dashboard", or run "cryptodm up" again.',
  });
}
