import { askDashboard, ownDashboard } from '../parts/dashboard.ts';
import { isStopped } from '../../tools/process-identity.ts';
import type { LocalLake } from '../lake.ts';
import type { Mute, PartStatus } from './model.ts';

/** Parts whose process is alive and does nothing, or does not answer: all that can be seen from outside within two seconds. */
export async function findMute(lake: LocalLake, parts: PartStatus[]): Promise<Mute[]> {
  const up = parts.filter(({ state }) => state === 'up');
  const stopped = up.filter(({ pid }) => pid !== undefined && isStopped(pid));
  const page = up.find(({ id }) => id === 'dashboard');
  const asked = page !== undefined && !stopped.includes(page);
  const isSilent = asked && (await askDashboard(ownDashboard(lake))) === 'silent';
  return [
    ...stopped.map(({ id, pid }): Mute => ({ part: id, pid, why: 'stopped' })),
    ...(isSilent ? [{ part: page.id, pid: page.pid, why: 'silent' as const }] : []),
  ];
}
