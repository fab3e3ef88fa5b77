import { Fault } from '../errors.ts';
import type { LocalLake } from './lake.ts';
import { signIn } from '../tools/credential.ts';
import { isDashboardReady, ownDashboard } from './parts/dashboard.ts';
import { isAlive } from '../tools/process-identity.ts';
import { awaitAnswer } from '../tools/waiting.ts';

/** One that has just been started again answers within this time. */
const answersWithinMs = 5000;

/** A link that opens the lake's dashboard once, as soon as it answers. @throws Fault of kind `part` when the lake is not up, or its dashboard is not */
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
  if (found !== undefined) return linkTo(lake);
  throw new Fault('part', 'the dashboard does not answer', {
    where: url,
    next: 'See "cryptodm logs dashboard", or run "cryptodm up" again.',
  });
}

/**
 * A link that signs a browser in once; the plain address where nobody needs to.
 * @throws Fault of kind `part` when the dashboard does not accept the credential
 */
export async function linkTo({ dashboard: url, layout }: LocalLake): Promise<string> {
  const response = await fetch(`${url}/api/link`, {
    method: 'POST',
    headers: signIn(layout.credential),
    signal: AbortSignal.timeout(answersWithinMs),
  }).catch(() => undefined);
  if (response?.status === 401) {
    throw new Fault('part', 'the dashboard does not accept the credential of this lake', {
      where: url,
      next: 'Run "cryptodm up": it starts the parts again.',
    });
  }
  return response?.ok === true ? ((await response.json()) as { link: string }).link : url;
}
