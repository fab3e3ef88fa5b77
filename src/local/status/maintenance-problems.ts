import type { Problem } from '../alarms/evaluation.ts';
import { localThreshold } from '../../lake/alarms.ts';
import type { Found } from './model.ts';

interface Upkeep {
  schedule: string;
  failed: 'optimize-failed' | 'icons-failed';
  overdue: 'optimize-overdue' | 'icons-overdue';
  title: string;
  command: string;
}

const upkeeps: readonly Upkeep[] = [
  {
    schedule: 'optimize',
    failed: 'optimize-failed',
    overdue: 'optimize-overdue',
    title: 'the upkeep of the tables',
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

/** Time in which a resident process that has just begun, or woken, makes up for what was missed. */
const catchUpMs = 3_600_000;

/** What runs by itself and failed, or should have run long ago and did not. */
export function nameUpkeepProblems(found: Found, now: Date): Problem[] {
  return upkeeps.flatMap((upkeep) => [...ofFailure(found, upkeep), ...ofDelay(found, upkeep, now)]);
}

function ofFailure(found: Found, { schedule, failed, title, command }: Upkeep): Problem[] {
  const last = found.schedules.find(({ id }) => id === schedule)?.last;
  // Somebody may have run it by hand since.
  const byHand = schedule === 'optimize' ? found.upkeep : undefined;
  const newest = byHand !== undefined && byHand.endedAt >= (last?.endedAt ?? '') ? byHand : last;
  if (newest?.outcome !== 'failed') return [];
  const why = newest.detail === undefined ? '' : `: ${newest.detail}`;
  const next = `It is tried again by itself; "${command}" does it now, "cryptodm logs schedule-${schedule}" says why.`;
  return [{ id: failed, what: `${title} failed${why}`, since: newest.endedAt, next }];
}

function ofDelay({ schedules, resident }: Found, { schedule, overdue, title, command }: Upkeep, now: Date): Problem[] {
  const state = schedules.find(({ id }) => id === schedule);
  if (state === undefined || state.running || resident === undefined) return [];
  const lateMs = now.getTime() - Date.parse(state.next);
  const watchedMs = now.getTime() - Math.max(Date.parse(resident.since), Date.parse(resident.wokeAt ?? resident.since));
  if (lateMs <= localThreshold(overdue) * 1000 || watchedMs < catchUpMs) return [];
  const what = `${title} should have run at ${state.next.slice(0, 16)} and has not`;
  return [{ id: overdue, what, since: state.next, next: `Run "${command}", and see "cryptodm logs".` }];
}
