import type { Problem } from '../../lake/alarms.ts';
import { localThreshold } from '../../lake/alarms.ts';
import type { Found } from './model.ts';

interface Maintenance {
  schedule: string;
  failed: 'optimize-failed' | 'icons-failed';
  overdue: 'optimize-overdue' | 'icons-overdue';
  title: string;
  command: string;
}

const maintenance: readonly Maintenance[] = [
  {
    schedule: 'optimize',
    failed: 'optimize-failed',
    overdue: 'optimize-overdue',
    title: 'the maintenance of the tables',
    command: 'cryptodm optimize-iceberg',
  },
  {
    schedule: 'assets',
    failed: 'icons-failed',
    overdue: 'icons-overdue',
    title: 'the load of the icons',
    command: 'cryptodm assets refresh',
  },
];

/** Time in which a supervisor that has just started, or woken, catches up with missed runs. */
const catchUpMs = 3_600_000;

/** Scheduled work that failed, or that should have run long ago. */
export function nameMaintenanceProblems(found: Found, now: Date): Problem[] {
  return maintenance.flatMap((one) => [...ofFailure(found, one), ...ofDelay(found, one, now)]);
}

function ofFailure(found: Found, { schedule, failed, title, command }: Maintenance): Problem[] {
  const last = found.schedules.find(({ id }) => id === schedule)?.last;
  // It may have been run by hand since.
  const byHand = schedule === 'optimize' ? found.upkeep : undefined;
  const newest = byHand !== undefined && byHand.endedAt >= (last?.endedAt ?? '') ? byHand : last;
  if (newest?.outcome !== 'failed') return [];
  const why = newest.detail === undefined ? '' : `: ${newest.detail}`;
  const next = `It is tried again by itself; "${command}" does it now, "cryptodm logs schedule-${schedule}" says why.`;
  return [{ id: failed, what: `${title} failed${why}`, since: newest.endedAt, next }];
}

function ofDelay(
  { schedules, resident }: Found,
  { schedule, overdue, title, command }: Maintenance,
  now: Date,
): Problem[] {
  const state = schedules.find(({ id }) => id === schedule);
  if (state === undefined || state.running || resident === undefined) return [];
  const lateMs = now.getTime() - Date.parse(state.next);
  const watchedMs = now.getTime() - Math.max(Date.parse(resident.since), Date.parse(resident.wokeAt ?? resident.since));
  if (lateMs <= localThreshold(overdue) * 1000 || watchedMs < catchUpMs) return [];
  const what = `${title} should have run at ${state.next.slice(0, 16)} and has not`;
  return [{ id: overdue, what, since: state.next, next: `Run "${command}", and see "cryptodm logs".` }];
}
